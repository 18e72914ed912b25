"""Events of TikTok's direct messages. Pure. What happened stands in `content`, as JSON within a text.

A customer is known by the conversation with them: only that can be written to. Of people in the European Economic
Area, Switzerland and the United Kingdom TikTok says neither who wrote nor what, so nothing can be made of it.
Source: business-api.tiktok.com/portal/docs, "Webhook events", DIRECT_MESSAGE.
"""

from collections.abc import Callable

from channels_social import wording
from channels_social.content import Content
from channels_social.reading import Node, read
from csplatform.gateway.contract import (
    Echo,
    Event,
    FileReference,
    HandleKind,
    InboundAttachment,
    InboundMessage,
    RawDelivery,
    Reaction,
    ReceiptState,
    ReceiptUpTo,
    Sender,
)
from csplatform.gateway.errors import Unreadable

MEDIA = {"image": ("picture.jpg", "image/jpeg"), "video": ("video.mp4", "video/mp4")}


def events(raw: RawDelivery, own: str) -> list[Event]:
    """Return what an event says to or of the account `own`; empty for other kinds. Raises Unreadable."""
    call = read(raw.body)
    reader = _KINDS.get(call.text("event"))
    if reader is None:
        return []
    account = call.identifier("user_openid")
    if account != own:
        raise Unreadable(f"the call is for the account {account}, not for {own}")
    return reader(read(call.text("content").encode("utf-8", "surrogatepass")), own)


def _message(content: Node, own: str) -> list[Event]:
    is_ours = content.child("from_user").identifier("id") == own
    if content.text("type") == "reaction":
        return [] if is_ours else _reactions(content)
    said = _content(content)
    external_id, at = content.identifier("message_id"), content.moment_ms("timestamp")
    if is_ours:
        person = _person(content, "to")
        return [Echo(external_id, person, text=said.text, sent_at=at, attachments=said.attachments)]
    answered = content.optional_child("referenced_message_info")
    quoted = answered.optional_text("referenced_message_id") if answered else ""
    return [
        InboundMessage(
            external_id,
            _person(content, "from"),
            text=said.text,
            sent_at=at,
            attachments=said.attachments,
            thread_refs=(quoted,) if quoted else (),
            metadata=said.metadata,
        )
    ]


def _read(content: Node, own: str) -> list[Event]:
    if content.child("from_user").identifier("id") == own:
        return []
    until = content.child("read").moment_ms("last_read_timestamp")
    return [ReceiptUpTo(content.identifier("conversation_id"), ReceiptState.READ, until=until)]


def _reactions(content: Node) -> list[Event]:
    """Read emoji that were put on messages or taken off; those that TikTok draws anew have no character."""
    person, at = _person(content, "from"), content.moment_ms("timestamp")
    return [
        Reaction(
            one.identifier("original_msg_id"),
            person,
            emoji=one.text("emoji") if one.text("operation") == "ADD" else "",
            at=at,
        )
        for one in content.children("reaction")
        if one.optional_text("type") in {"", "EMOJI"}
    ]


_KINDS: dict[str, Callable[[Node, str], list[Event]]] = {
    "im_receive_msg": _message,
    "im_send_msg": _message,
    "im_mark_read_msg": _read,
}


def _person(content: Node, side: str) -> Sender:
    return Sender(content.identifier("conversation_id"), HandleKind.SOCIAL, name=content.optional_text(side))


def _content(content: Node) -> Content:
    kind = content.text("type")
    pressed, came_by = content.optional_child("reply_source_payload"), content.optional_child("referral")
    metadata = {
        "button": pressed.optional_text("reply_source_unique_id") if pressed else "",
        "referral": {name: value for name, value in came_by.values.items() if isinstance(value, str)}
        if came_by
        else {},
    }
    found = {name: value for name, value in metadata.items() if value}
    if kind in MEDIA:
        return Content(attachments=(_file(kind, content),), metadata=found)
    reader = _TEXTS.get(kind)
    text = reader(content.child(kind)) if reader else ""
    return Content(text or wording.unsupported(kind), metadata=found)


def _file(kind: str, content: Node) -> InboundAttachment:
    ids = [content.identifier("conversation_id"), content.identifier("message_id")]
    reference = " ".join([kind.upper(), *ids, content.child(kind).identifier("media_id")])
    name, content_type = MEDIA[kind]
    return InboundAttachment(name, content_type, FileReference(reference))


def _text(text: Node) -> str:
    return text.text("body")


def _post(post: Node) -> str:
    return wording.link("", post.optional_text("embed_url"))


def _sticker(sticker: Node) -> str:
    """Return where a sticker lies, for a month: its host is not one of the API's, so it is not called."""
    return wording.link("", sticker.optional_text("url"))


def _template(template: Node) -> str:
    """Return a question with its answers, as TikTok reports it."""
    lines = []
    for element in template.children("elements"):
        lines += [element.optional_text("title"), *(f"• {one.text('text')}" for one in element.children("buttons"))]
    return "\n".join(line for line in lines if line)


_TEXTS: dict[str, Callable[[Node], str]] = {
    "text": _text,
    "share_post": _post,
    "sticker": _sticker,
    "template": _template,
}
