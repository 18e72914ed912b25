"""A visitor's own data: all of it to read and keep, and all of it to be forgotten."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel.dates import format_datetime
from django.utils.translation import get_language, to_locale
from django.utils.translation import gettext as _

from channels_webchat import door, tokens
from channels_webchat.look import shown_name
from channels_webchat.widget import Widget, widget_of
from channels_webchat.wire import line_frame
from csplatform.common import clock
from csplatform.conversations.actors import CUSTOMER
from csplatform.flows.erase import erase_history
from csplatform.flows.transcript import Line, Side, whole
from csplatform.gateway.models import ChannelAccount
from csplatform.privacy.models import Erasure


def as_data(account: ChannelAccount, token: str) -> dict[str, Any]:
    """Return all that is kept of a visitor, as plain values; links to files last a day. Raises WebhookRejected."""
    visitor = tokens.read(account.pk, token)
    return {
        "chat": widget_of(account).title,
        "exported_at": clock.now().isoformat(),
        "visitor": {"name": visitor.name, "email": visitor.email, "language": visitor.language},
        "messages": [line_frame(account, line) for line in _lines(account, token)],
    }


def as_text(account: ChannelAccount, token: str, zone: str) -> str:
    """Return the history to be read, in the active language and in the time zone `zone`. Raises WebhookRejected."""
    widget, lines = widget_of(account), _lines(account, token)
    if not lines:
        return _("There are no messages.") + "\n"
    told = (part for line in lines for part in _told(line, widget, _zone(zone)))
    return "\n".join([widget.title, "", *told]) + "\n"


def erase(account: ChannelAccount, token: str) -> Erasure | None:
    """Forget the visitor. Returns the proof, None where nothing was kept. Raises WebhookRejected."""
    visitor = tokens.read(account.pk, token)
    return erase_history(account, visitor.id, by=CUSTOMER)


def _lines(account: ChannelAccount, token: str) -> tuple[Line, ...]:
    handle = door.handle_of_token(account, token)
    return whole(handle) if handle else ()


def _told(line: Line, widget: Widget, zone: ZoneInfo) -> Iterator[str]:
    who = _("You") if line.side is Side.CUSTOMER else shown_name(line.full_name, widget.agent_names) or widget.title
    yield f"{who} · {_moment(line.at, zone)}"
    if line.is_deleted:
        yield _("This message was removed")
    elif line.text:
        yield line.text
    yield from (f"[{file.name}]" for file in line.files)
    yield ""


def _moment(at: datetime, zone: ZoneInfo) -> str:
    return str(format_datetime(at, "medium", tzinfo=zone, locale=to_locale(get_language() or "en")))


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")
