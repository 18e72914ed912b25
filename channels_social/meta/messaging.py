"""The calls of Messenger and Instagram as events. Pure.

One call carries entries of several pages or accounts of a Meta app, each with several events. The entry must be the
account's own: a Meta app calls one address for all, and somebody else's customers do not belong into this inbox.
Where another app has a conversation in hand, its events come under `standby`: they are shown, and no machine answers.
"""

from collections.abc import Callable

from channels_social import wording
from channels_social.meta import comments
from channels_social.meta.contents import content_of, referral
from channels_social.reading import Node, read
from csplatform.gateway.contract import (
    Echo,
    Event,
    HandleKind,
    InboundMessage,
    MessageDeleted,
    MessageEdited,
    RawDelivery,
    Reaction,
    Receipt,
    ReceiptState,
    ReceiptUpTo,
    Sender,
)
from csplatform.gateway.errors import Unreadable

# Reactions by name, for calls that leave the character out.
_EMOJI = {
    "love": "❤️",
    "like": "👍",
    "dislike": "👎",
    "laugh": "😆",
    "smile": "😆",
    "haha": "😆",
    "wow": "😮",
    "sad": "😢",
    "angry": "😠",
}


def events(raw: RawDelivery, product: str, own: str) -> list[Event]:
    """Return everything a call says about the page or account `own`. Raises Unreadable."""
    found: list[Event] = []
    for entry in entries(raw, product, own):
        for happening in entry.children("messaging"):
            found += _events(happening, own)
        for happening in entry.children("standby"):
            found += _events(happening, own, standby=True)
        found += comments.events(entry, own)
    return found


def entries(raw: RawDelivery, product: str, own: str) -> list[Node]:
    """Return the entries of a call for one of `product`'s accounts. Raises Unreadable where one is somebody else's."""
    call = read(raw.body)
    if call.text("object") != product or not call.has("entry"):
        raise Unreadable(f"this is not a call about a Meta {product}")
    found = call.children("entry")
    for entry in found:
        given = entry.identifier("id")
        if given != own:
            raise Unreadable(f"the {product} {given} has no account at this address")
    return found


def _events(happening: Node, own: str, *, standby: bool = False) -> list[Event]:
    for kind, translate in _KINDS.items():
        if happening.has(kind):
            return translate(happening, happening.child(kind), own, standby)
    return []


def _message(happening: Node, message: Node, own: str, standby: bool) -> list[Event]:
    if message.values.get("is_echo") is True:
        return _echo(happening, message)
    person = _person(happening, own)
    if person is None:
        return []
    mid, at = message.identifier("mid"), happening.moment_ms("timestamp")
    if message.values.get("is_deleted") is True:
        return [MessageDeleted(mid, deleted_at=at)]
    content = content_of(message)
    answered = message.optional_child("reply_to")
    return [
        InboundMessage(
            external_id=mid,
            sender=person,
            text=content.text,
            sent_at=at,
            attachments=content.attachments,
            thread_refs=(answered.identifier("mid"),) if answered and answered.has("mid") else (),
            bulk=standby,
            metadata=dict(content.metadata) | ({"standby": True} if standby else {}),
        )
    ]


def _echo(happening: Node, message: Node) -> list[Event]:
    """Return what was said for the account, here or elsewhere, or taken back."""
    mid, at = message.identifier("mid"), happening.moment_ms("timestamp")
    if message.values.get("is_deleted") is True:
        return [MessageDeleted(mid, deleted_at=at)]
    content = content_of(message)
    return [
        Echo(
            external_id=mid,
            recipient=Sender(happening.child("recipient").identifier("id"), HandleKind.SOCIAL),
            text=content.text,
            sent_at=at,
            attachments=content.attachments,
            key=message.optional_text("metadata"),
        )
    ]


def _edited(happening: Node, edit: Node, own: str, _standby: bool) -> list[Event]:
    if _person(happening, own) is None or not edit.has("text"):
        return []
    at = happening.moment_ms("timestamp")
    return [MessageEdited(edit.identifier("mid"), text=edit.text("text"), edited_at=at)]


def _button(happening: Node, press: Node, own: str, standby: bool) -> list[Event]:
    """Read a button's press as what the button says; older calls give it no id."""
    person = _person(happening, own)
    if person is None:
        return []
    payload = press.optional_text("payload")
    at = happening.moment_ms("timestamp")
    referred = press.optional_child("referral")
    return [
        InboundMessage(
            external_id=press.optional_text("mid") or f"{person.external_id}:button:{int(at.timestamp() * 1000)}",
            sender=person,
            text=press.optional_text("title") or payload or wording.unsupported("postback"),
            sent_at=at,
            bulk=standby,
            metadata={"button": payload} | (referral(referred) if referred else {}),
        )
    ]


def _reaction(happening: Node, reaction: Node, own: str, _standby: bool) -> list[Event]:
    person = _person(happening, own)
    if person is None:
        return []
    name = reaction.optional_text("reaction")
    emoji = reaction.optional_text("emoji") or _EMOJI.get(name) or wording.unsupported(name)
    taken_off = reaction.text("action") == "unreact"
    at = happening.moment_ms("timestamp")
    return [Reaction(reaction.identifier("mid"), person, emoji="" if taken_off else emoji, at=at)]


def _delivered(happening: Node, delivery: Node, own: str, _standby: bool) -> list[Event]:
    """Messages are named where Messenger knows them; else everything until the watermark has arrived."""
    person = _person(happening, own)
    if person is None:
        return []
    at = delivery.moment_ms("watermark")
    mids = delivery.values.get("mids")
    if isinstance(mids, list) and mids and all(isinstance(mid, str) for mid in mids):
        return [Receipt(mid, ReceiptState.DELIVERED, at) for mid in mids]
    return [ReceiptUpTo(person.external_id, ReceiptState.DELIVERED, until=at)]


def _read(happening: Node, read_: Node, own: str, _standby: bool) -> list[Event]:
    """Messenger says until when, Instagram names the newest message; the older ones have been read too."""
    person = _person(happening, own)
    if person is None:
        return []
    if not read_.has("mid"):
        return [ReceiptUpTo(person.external_id, ReceiptState.READ, until=read_.moment_ms("watermark"))]
    at = happening.moment_ms("timestamp")
    newest = Receipt(read_.identifier("mid"), ReceiptState.READ, at)
    return [newest, ReceiptUpTo(person.external_id, ReceiptState.READ, until=at)]


def _arrived(happening: Node, referred: Node, own: str, standby: bool) -> list[Event]:
    """Show that somebody came back by a link or an advertisement, though they have said nothing yet."""
    person = _person(happening, own)
    about = referral(referred)
    if person is None or not about:
        return []
    at = happening.moment_ms("timestamp")
    return [
        InboundMessage(
            external_id=f"{person.external_id}:referral:{int(at.timestamp() * 1000)}",
            sender=person,
            text=wording.link(" – ".join(about.values()), ""),
            sent_at=at,
            automatic=True,
            bulk=standby,
            metadata=about,
        )
    ]


_KINDS: dict[str, Callable[[Node, Node, str, bool], list[Event]]] = {
    "message": _message,
    "message_edit": _edited,
    "postback": _button,
    "reaction": _reaction,
    "delivery": _delivered,
    "read": _read,
    "referral": _arrived,
}


def _person(happening: Node, own: str) -> Sender | None:
    """Return whoever did something; None where it was the account itself."""
    given = happening.child("sender").identifier("id")
    return None if given == own else Sender(given, HandleKind.SOCIAL)
