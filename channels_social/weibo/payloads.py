"""What Weibo calls with, as events. Pure.

Neither messages nor events have an id: who and when is one, as Weibo recommends, and the bytes tell two of one second
apart. Source: open.weibo.com/wiki/Receive_General_Message, /Receive_Event_Push.
"""

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext_noop

from channels_social import wording
from channels_social.reading import Node, read
from csplatform.gateway.contract import (
    Event,
    FileReference,
    HandleKind,
    InboundAttachment,
    InboundMessage,
    Reachability,
    Sender,
)
from csplatform.gateway.errors import Unreadable

UNFOLLOWED = gettext_noop("The customer no longer follows this Weibo account.")
_FILES = {"image": ("image.jpg", "image/jpeg"), "voice": ("voice.amr", "audio/amr")}
# What is not said to the account alone: somebody has mentioned it in public.
_PUBLIC = {"mention"}


def events(body: bytes, account: str) -> list[Event]:
    """Return what one call says to the account with this user id. Raises Unreadable."""
    call = read(body)
    if (receiver := call.identifier("receiver_id")) != account:
        raise Unreadable(f"the Weibo account {receiver} has no account at this address")
    kind = call.text("type")
    if kind in _PUBLIC:
        return []
    event = _happened(call) if kind == "event" else _said(call, kind)
    return [event] if event else []


def _said(call: Node, kind: str) -> InboundMessage:
    """Return what somebody wrote; of kinds that we do not know, at least that they did."""
    data = _data(call)
    file = _FILES.get(kind)
    attachments = (InboundAttachment(*file, FileReference(data.identifier("tovfid"))),) if file else ()
    text = call.optional_text("text")
    if kind == "position":
        text = wording.place(_degrees(data), text)
    known = file is not None or kind in {"text", "position"}
    metadata = {} if known else {"unsupported": kind}
    return _message(call, text or ("" if known else wording.unsupported(kind)), attachments, metadata)


def _message(
    call: Node, text: str, attachments: tuple[InboundAttachment, ...], metadata: dict[str, Any]
) -> InboundMessage:
    sender, at = call.identifier("sender_id"), _moment(call)
    return InboundMessage(
        external_id=f"{sender}:{int(at.timestamp())}",
        sender=Sender(sender, HandleKind.SOCIAL),
        text=text,
        sent_at=at,
        attachments=attachments,
        fingerprint=_fingerprint(call),
        metadata=metadata,
    )


def _fingerprint(call: Node) -> str:
    """Return what two messages of one second differ in, and a repeated call does not."""
    said = [call.values.get(name) for name in ("type", "text", "data")]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def _data(call: Node) -> Node:
    """Return what stands beside the text; of a plain text it may be empty, as an object or as a text."""
    data = call.values.get("data")
    return Node(data if isinstance(data, dict) else {}, ".data")


def _happened(call: Node) -> Event | None:
    """Return what an event means; None for what is nothing for a desk, such as scanned codes and opened links."""
    data = _data(call)
    subtype, person = data.text("subtype"), call.identifier("sender_id")
    if subtype == "click":
        key = data.optional_text("key")
        return _message(call, key or call.optional_text("text"), (), {"button": key})
    reader = _EVENTS.get(subtype)
    return reader(person, _moment(call)) if reader else None


_EVENTS: dict[str, Callable[[str, datetime], Event]] = {
    "follow": lambda person, at: Reachability(person, True, at),
    "scan_follow": lambda person, at: Reachability(person, True, at),
    "unfollow": lambda person, at: Reachability(person, False, at, UNFOLLOWED),
}


def _degrees(data: Node) -> Node:
    try:
        return Node({name: float(data.text(name)) for name in ("latitude", "longitude")}, data.path)
    except ValueError:
        raise Unreadable("the position is not in degrees") from None


def _moment(call: Node) -> datetime:
    """Return when it was; Weibo writes "Mon Jul 16 18:09:20 +0800 2012"."""
    try:
        return datetime.strptime(call.text("created_at"), "%a %b %d %H:%M:%S %z %Y").astimezone(UTC)
    except (ValueError, OverflowError):
        raise Unreadable("created_at is not a time") from None
