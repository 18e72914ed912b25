"""Trying an account's settings out, live, without ever saying a secret aloud."""

import re
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from urllib.parse import quote

import structlog
from django.utils.translation import gettext as _

from csplatform.common.errand import Errand
from csplatform.gateway.contract import AccountConfig, FieldKind, Finding
from csplatform.gateway.models import ChannelAccount
from csplatform.gateway.registry import channel_class

log = structlog.get_logger(__name__)

# Seconds for all steps together: a person is looking at the page.
LIMIT = 20.0
MASK = "••••"
# A secret shorter than this is only masked where it stands alone, or half of every sentence would be gone.
_SHORT = 4


def run(account: ChannelAccount, *, limit: float = LIMIT) -> list[Finding]:
    """Return what the channel's own test finds within `limit` seconds; nothing where it has none.

    No finding contains a secret of the account, whatever a server may have echoed. Raises UnknownChannel.
    """
    channel = channel_class(account.channel)
    check = channel.abilities.check
    if check is None:
        return []
    config = account.config
    shown = {field.name for field in channel.abilities.fields if field.kind is FieldKind.LOGIN}
    secrets = [secret for name, secret in config.credentials.items() if name not in shown]
    return [
        replace(
            finding, step=without_secrets(str(finding.step), secrets), words=without_secrets(finding.words, secrets)
        )
        for finding in _within(limit, lambda: check(config), config)
    ]


def _within(limit: float, check: Callable[[], Sequence[Finding]], config: AccountConfig) -> Sequence[Finding]:
    try:
        return Errand(check).result(limit)
    except TimeoutError:
        words = _("The test was broken off: it took longer than %(seconds)d seconds.") % {"seconds": limit}
    except Exception as error:  # a channel's mistake must not keep the page from being shown
        log.error("live_test_failed", account=config.id, error=type(error).__name__)  # its text may hold a secret
        words = _("The test itself failed: %(error)s.") % {"error": type(error).__name__}
    return [Finding(_("Test"), False, words)]


def without_secrets(text: str, secrets: Iterable[object]) -> str:
    """Return `text` with every one of `secrets` masked, also where it is quoted for a URL or encoded as base64."""
    for secret in secrets:
        for written in _spellings(str(secret)):
            text = text.replace(written, MASK)
        if 0 < len(str(secret)) < _SHORT:
            text = re.sub(rf"(?<!\w){re.escape(str(secret))}(?!\w)", MASK, text)
    return text


def _spellings(secret: str) -> Iterator[str]:
    if len(secret) < _SHORT:
        return
    yield secret
    yield quote(secret, safe="")
    data = secret.encode()
    # Within a longer text in base64 a secret begins at one of three places; only its own characters are fixed.
    for before, changed in ((0, 0), (1, 2), (2, 3)):
        whole = (before + len(data)) * 8 // 6
        yield b64encode(b"\0" * before + data).decode()[changed:whole]
