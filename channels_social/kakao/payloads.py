"""The partner's calls as events. Pure.

Partners append what a call is about to the registered address: `…?key=<word>/message`, `/reference` (how the customer
came here) or `/expired_session`.
"""

from collections.abc import Iterator
from urllib.parse import urlsplit

from django.utils.translation import gettext_noop

from channels_social import wording
from channels_social.reading import Node, read
from csplatform.gateway.contract import (
    Event,
    FileReference,
    HandleKind,
    InboundAttachment,
    InboundMessage,
    RawDelivery,
    Reachability,
    Sender,
)
from csplatform.gateway.errors import Unreadable

ENDED = gettext_noop("The consultation has ended: nobody can be answered until they write again.")
# A kind of message, as the partners' pages name it, with the name and type of its file.
FILES = {
    "photo": ("photo.jpg", "image/jpeg"),
    "image": ("photo.jpg", "image/jpeg"),
    "im": ("photo.jpg", "image/jpeg"),
    "video": ("video.mp4", "video/mp4"),
    "audio": ("audio.m4a", "audio/mp4"),
    "file": ("file", "application/octet-stream"),
    "fi": ("file", "application/octet-stream"),
}
TEXTS = frozenset({"text", "tx", "link", "li"})


def key_and_kind(raw: RawDelivery) -> tuple[str, str]:
    """Return the key in the address, and what was appended to it."""
    key, _slash, kind = raw.query.get("key", "").partition("/")
    return key, kind.strip("/")


def events(raw: RawDelivery, sender_key: str) -> list[Event]:
    """Return what a call says about the channel called `sender_key`. Raises Unreadable."""
    call = read(raw.body)
    if call.text("sender_key") != sender_key:
        raise Unreadable("the call is for another sender key than the account's")
    person = call.identifier("user_key")
    _key, kind = key_and_kind(raw)
    if kind == "expired_session":
        return [Reachability(person, reachable=False, at=call.moment_ms("time"), reason=ENDED)]
    name = call.optional_text("type") or call.optional_text("message_type")
    return [_message(call, person, name)] if name else []


def _message(call: Node, person: str, kind: str) -> InboundMessage:
    files = tuple(_files(call, kind.lower()))
    text = _text(call, "" if files else kind)
    own_id = call.identifier("serial_number") if call.has("serial_number") else f"{person}:{call.identifier('time')}"
    return InboundMessage(
        external_id=own_id,
        sender=Sender(person, HandleKind.SOCIAL),
        text=text,
        sent_at=call.moment_ms("time"),
        attachments=files,
    )


def _text(call: Node, kind: str) -> str:
    for name in ("content", "contents", "message"):
        if call.has(name) and (not kind or kind.lower() in TEXTS):
            return call.text(name)
    return wording.unsupported(kind) if kind else ""


def _files(call: Node, kind: str) -> Iterator[InboundAttachment]:
    if kind not in FILES:
        return
    name, content_type = FILES[kind]
    holder = call.optional_child("attachment") or call
    url = next((holder.text(one) for one in ("url", "image_url", "file_url") if holder.has(one)), "")
    given = holder.optional_text("name") or holder.optional_text("file_name")
    if not urlsplit(url).hostname:
        raise Unreadable(f"a message of the kind {kind} names no file")
    yield InboundAttachment(given or name, content_type, FileReference(url))
