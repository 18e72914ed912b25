"""Events of VK's Callback API as events. Pure.

Only chats of one person with the community are read. VK says nothing of messages that a customer deletes, and its
reports of reading, typing, reactions and permissions carry no time: that is the moment they came.
"""

import json
from collections.abc import Callable

from django.utils.translation import gettext_noop

from channels_social import wording
from channels_social.reading import Node, read
from channels_social.vk import ids
from channels_social.vk.attachments import content_of
from csplatform.gateway.contract import (
    Echo,
    Event,
    HandleKind,
    InboundMessage,
    MessageEdited,
    RawDelivery,
    Reachability,
    Reaction,
    ReceiptState,
    ReceiptUpTo,
    Sender,
    Typing,
)

DENIED = gettext_noop("The customer no longer allows this community to write to them.")
# VK's numbers of languages, as BCP 47.
LANGUAGES = {0: "ru", 1: "uk", 2: "be", 3: "en", 4: "es", 5: "fi", 6: "de", 7: "it"}
# VK's numbers of reactions; newer ones are shown as something that we cannot show.
REACTIONS = dict(
    enumerate(["❤", "🔥", "😂", "👍", "💩", "❓", "😭", "😡", "👎", "👌", "😃", "🤔", "🙏", "😘", "😍", "🎉"], start=1)
)


def events(raw: RawDelivery) -> list[Event]:
    """Return what a call says; empty for kinds that hold nothing for a desk. Raises Unreadable."""
    call = read(raw.body)
    translate = _EVENTS.get(call.text("type"))
    event = translate(call.child("object"), raw) if translate else None
    return [event] if event else []


def _message(said: Node, _raw: RawDelivery) -> InboundMessage | None:
    message = said.child("message")
    person = _person(message)
    if not person or message.identifier("from_id") != person:
        return None
    content = content_of(message)
    return InboundMessage(
        external_id=_id(message, person),
        sender=_sender(person, _language(said)),
        text=content.text or ("" if content.attachments else wording.unsupported("")),
        sent_at=message.moment("date"),
        attachments=content.attachments,
        thread_refs=_answered(message, person),
        metadata=_metadata(message),
    )


def _reply(message: Node, _raw: RawDelivery) -> Echo | None:
    """Read what the community said: from here, in VK's own inbox, or by another program."""
    person = _person(message)
    if not person:
        return None
    content = content_of(message)
    return Echo(
        external_id=_id(message, person),
        recipient=_sender(person),
        text=content.text,
        sent_at=message.moment("date"),
        attachments=content.attachments,
        key=_key(message.optional_text("payload")),
    )


def _edited(message: Node, _raw: RawDelivery) -> MessageEdited | None:
    person = _person(message)
    if not person or message.identifier("from_id") != person:
        return None
    at = message.moment("update_time" if message.has("update_time") else "date")
    return MessageEdited(_id(message, person), content_of(message).text, edited_at=at)


def _read(mark: Node, raw: RawDelivery) -> ReceiptUpTo | None:
    """Read the mark of a person, who has seen everything up to now."""
    person = _person(mark)
    if not person or mark.identifier("from_id") != person:
        return None
    return ReceiptUpTo(person, ReceiptState.READ, until=raw.received_at)


def _typing(sign: Node, raw: RawDelivery) -> Typing | None:
    person = sign.identifier("from_id")
    return Typing(_sender(person), at=raw.received_at) if ids.is_person(person) else None


def _reaction(change: Node, raw: RawDelivery) -> Reaction | None:
    person = _person(change)
    if not person or change.identifier("reacted_id") != person:
        return None
    emoji = ""
    if change.has("reaction_id"):
        emoji = REACTIONS.get(int(change.number("reaction_id"))) or wording.unsupported("")
    return Reaction(ids.message_id(person, change.identifier("cmid")), _sender(person), emoji, at=raw.received_at)


def _pressed(press: Node, raw: RawDelivery) -> InboundMessage | None:
    """Read a button that another program has sent; what stood on it VK does not say, only what it carries."""
    person = _person(press)
    if not person:
        return None
    carried = press.values.get("payload")
    data = press.text("payload") if isinstance(carried, str) else json.dumps(carried, ensure_ascii=False)
    shown = carried.get("label") if isinstance(carried, dict) else None
    return InboundMessage(
        external_id=f"{person}:button:{press.identifier('event_id')}",
        sender=_sender(person),
        text=shown if isinstance(shown, str) and shown else data,
        sent_at=raw.received_at,
        thread_refs=_pressed_on(press, person),
        metadata={"button": data},
    )


def _allowed(change: Node, raw: RawDelivery) -> Reachability:
    return Reachability(change.identifier("user_id"), reachable=True, at=raw.received_at)


def _denied(change: Node, raw: RawDelivery) -> Reachability:
    return Reachability(change.identifier("user_id"), reachable=False, at=raw.received_at, reason=DENIED)


_EVENTS: dict[str, Callable[[Node, RawDelivery], Event | None]] = {
    "message_new": _message,
    "message_reply": _reply,
    "message_edit": _edited,
    "message_read": _read,
    "message_typing_state": _typing,
    "message_reaction_event": _reaction,
    "message_event": _pressed,
    "message_allow": _allowed,
    "message_deny": _denied,
}


def _person(holder: Node) -> str:
    """Return who the community talks to there; empty for chats of several, and for other communities."""
    peer = holder.identifier("peer_id")
    return peer if ids.is_person(peer) else ""


def _id(message: Node, person: str) -> str:
    return ids.message_id(person, message.identifier("conversation_message_id"))


def _sender(person: str, language: str = "") -> Sender:
    return Sender(external_id=person, kind=HandleKind.SOCIAL, language=language)


def _language(said: Node) -> str:
    client = said.optional_child("client_info")
    return LANGUAGES.get(int(client.number("lang_id")), "") if client and client.has("lang_id") else ""


def _answered(message: Node, person: str) -> tuple[str, ...]:
    answered = message.optional_child("reply_message")
    return (_id(answered, person),) if answered and answered.has("conversation_message_id") else ()


def _pressed_on(press: Node, person: str) -> tuple[str, ...]:
    return (_id(press, person),) if press.has("conversation_message_id") else ()


def _metadata(message: Node) -> dict[str, str | bool]:
    """Return what the button carries that was pressed, the link that the customer came by, and what was forwarded."""
    named = {"button": "payload", "referral": "ref", "referral_source": "ref_source"}
    found: dict[str, str | bool] = {
        name: text for name, given in named.items() if (text := message.optional_text(given))
    }
    return found | ({"forwarded": True} if message.children("fwd_messages") else {})


def _key(payload: str) -> str:
    """Return the key that we sent along, empty where another program sent something."""
    try:
        carried = json.loads(payload)
    except (ValueError, RecursionError):
        return ""
    key = carried.get("key") if isinstance(carried, dict) else None
    return key if isinstance(key, str) else ""
