"""Calling the other system: one signed POST for everything. What it takes it knows by `webhook-id`, and takes once."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
from django.utils.translation import gettext_noop

from channels_social import calling, standard_webhooks
from channels_social.reading import node
from csplatform.common import clock
from csplatform.gateway.contract import AccountConfig, Download
from csplatform.gateway.errors import SendFailed, SendUnavailable, Unreadable

# Bytes.
MAX_DOWNLOAD = 100_000_000
# Characters of what the other system says about a refusal.
MAX_REASON = 300
_TRY_AGAIN = frozenset({408, 425, 429})

NO_SECRET = gettext_noop("The account has no usable secret for outgoing calls.")
NO_URL = gettext_noop("The account does not say where messages go.")
NOT_BELIEVED = gettext_noop("The other system does not believe the signature: compare the secret for outgoing calls.")
GONE = gettext_noop("The other system takes no more messages at this address.")
BUSY = gettext_noop("The other system asks to come again later.")
REFUSED = gettext_noop("The other system refused.")
FOREIGN = gettext_noop("The file lies on a host that is not among those of this account.")


class OtherSystem:
    """What an account may tell the system behind it."""

    def __init__(self, account: AccountConfig) -> None:
        self._account = account
        secrets = (account.credentials.get(name, "") for name in ("outbound_secret", "outbound_secret_new"))
        self._keys = [key for key in map(standard_webhooks.key_of, secrets) if key]
        self._url = str(account.settings.get("url") or "")
        if not self._keys:
            raise SendFailed(NO_SECRET)
        if not self._url:
            raise SendFailed(NO_URL)

    def tell(self, kind: str, data: Mapping[str, Any], *, call_id: str = "", takes_message: bool = False) -> None:
        """Hand something over. `call_id` is the same on every try, so that it counts once.

        Raises SendFailed, SendUnavailable, SendUncertain.
        """
        answer = self.post(self._keys, kind, data, call_id=call_id, takes_message=takes_message)
        if not 200 <= answer.status_code < 300:
            raise _refusal(answer)

    def tells_nonsense(self) -> bool:
        """Whether the other system takes a call with a wrong signature, which it should not."""
        return 200 <= self.post([bytes(32)], "ping", {}).status_code < 300

    def post(
        self, keys: list[bytes], kind: str, data: Mapping[str, Any], *, call_id: str = "", takes_message: bool = False
    ) -> httpx.Response:
        """Return the answer to one call signed with `keys`. Raises SendFailed, SendUnavailable, SendUncertain."""
        now = clock.now()
        body = json.dumps({"type": kind, "timestamp": now.isoformat(), "data": data}, ensure_ascii=False).encode()
        headers = standard_webhooks.signed_headers(keys, call_id or str(uuid4()), int(now.timestamp()), body)
        headers["content-type"] = "application/json"
        base, _slash, path = self._url.rpartition("/")
        line = replace(calling.Line.of(self._account, base), base=base)
        return line.call("POST", path, takes_message=takes_message, content=body, headers=headers)


def download(account: AccountConfig, ref: str) -> Download:
    """Fetch a file that the other system named, from its own host or from one that was entered."""
    hosts = {urlsplit(str(account.settings.get("url") or "")).hostname, *(account.settings.get("file_hosts") or ())}
    try:
        host = urlsplit(ref).hostname
    except ValueError:
        raise SendFailed(calling.NO_ADDRESS) from None
    if not host or host not in hosts:
        raise SendFailed(FOREIGN, code=host or "")
    return calling.Line.of(account, "").fetch(ref, limit=MAX_DOWNLOAD)


def _refusal(answer: httpx.Response) -> SendFailed:
    status = answer.status_code
    if status in _TRY_AGAIN:
        return SendUnavailable(BUSY, code=str(status), retry_after=calling.retry_after(answer))
    if status in {401, 403}:
        return SendFailed(NOT_BELIEVED, code=str(status))
    if status == 410:
        return SendFailed(GONE, code="410")
    return SendFailed(f"{REFUSED} ({_said(answer)})", code=str(status))


def _said(answer: httpx.Response) -> str:
    """Return the reason that the other system gives, as {"error": "…"}; else only the status."""
    try:
        said = node(answer.json(), "answer").optional_text("error")
    except (ValueError, Unreadable):
        said = ""
    return said[:MAX_REASON] or f"HTTP {answer.status_code}"
