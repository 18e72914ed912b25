"""What stands in one WhatsApp message: its words, its files, and what else is worth keeping. Pure."""

import json
from collections.abc import Callable

from channels_social import wording
from channels_social.content import Content
from channels_social.reading import Node
from csplatform.common.text import without_nul
from csplatform.gateway.contract import FileReference, InboundAttachment

# Endings for files that come without a name; the system's own table differs between machines.
ENDINGS = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/webp": ".webp",
    "audio/aac": ".aac",
    "audio/amr": ".amr",
    "audio/mp4": ".m4a",
    "audio/mpeg": ".mp3",
    "audio/ogg": ".ogg",
    "video/3gpp": ".3gp",
    "video/mp4": ".mp4",
    "application/pdf": ".pdf",
    "text/plain": ".txt",
}


def content_of(message: Node) -> Content | None:
    """Return the content of a message or of what it was edited to; None for kinds we do not know."""
    kind = message.text("type")
    if kind == "contacts":
        return _contacts(message)
    reader = _KINDS.get(kind)
    if kind == "unsupported" or (reader and not message.has(kind)):
        return _unsupported(message)  # what WhatsApp could not pass on comes with its kind at most
    return reader(message.child(kind)) if reader else None


def _text(text: Node) -> Content:
    return Content(text.text("body"))


def _media(kind: str) -> Callable[[Node], Content]:
    def read(media: Node) -> Content:
        content_type = media.optional_text("mime_type").split(";")[0].strip() or "application/octet-stream"
        name = "voice" if media.values.get("voice") is True else kind
        file = InboundAttachment(
            name=media.optional_text("filename") or name + ENDINGS.get(content_type, ""),
            content_type=content_type,
            content=FileReference(media.identifier("id")),
        )
        return Content(media.optional_text("caption"), (file,))

    return read


def _location(location: Node) -> Content:
    return Content(wording.place(location, location.optional_text("name"), location.optional_text("address")))


def _order(order: Node) -> Content:
    lines = [
        f"🛒 {item.number('quantity'):g} × {item.identifier('product_retailer_id')}"
        for item in order.children("product_items")
    ]
    return Content("\n".join([*lines, order.optional_text("text")]).strip())


def _button(button: Node) -> Content:
    return Content(button.text("text"), metadata={"button": button.optional_text("payload")})


def _interactive(interactive: Node) -> Content:
    kind = interactive.text("type")
    if kind in {"button_reply", "list_reply"}:
        chosen = interactive.child(kind)
        return Content(chosen.text("title"), metadata={"button": chosen.optional_text("id")})
    if kind == "nfm_reply":
        return Content(_form(interactive.child(kind)))
    return Content(wording.unsupported(kind), metadata={"unsupported": kind})


def _form(reply: Node) -> str:
    """Return a filled-in form, a line a field; its token is WhatsApp's, not the customer's."""
    try:
        answers = json.loads(reply.text("response_json"))
    except (ValueError, RecursionError):
        answers = None
    if not isinstance(answers, dict):
        return reply.optional_text("body")
    return without_nul("\n".join(f"{name}: {value}" for name, value in answers.items() if name != "flow_token"))


def _system(system: Node) -> Content:
    return Content(system.text("body"), metadata={"system": system.optional_text("type")}, automatic=True)


def _contacts(message: Node) -> Content:
    lines = []
    for contact in message.children("contacts"):
        numbers = [phone.optional_text("phone") for phone in contact.children("phones")]
        lines.append(wording.person(contact.child("name").optional_text("formatted_name"), numbers))
    return Content("\n".join(lines))


def _unsupported(message: Node) -> Content:
    """Show that there is something, in WhatsApp's own words: it may be a poll, or a view-once picture."""
    detail = message.optional_child("unsupported")
    kind = detail.optional_text("type") if detail else message.text("type")
    titles = [error.optional_text("title") for error in message.children("errors")]
    what = [part for part in (*titles, kind.removeprefix("unsupported")) if part]
    return Content(wording.unsupported(" – ".join(what)), metadata={"unsupported": kind})


_KINDS: dict[str, Callable[[Node], Content]] = {
    "text": _text,
    "location": _location,
    "order": _order,
    "button": _button,
    "interactive": _interactive,
    "system": _system,
    **{kind: _media(kind) for kind in ("image", "video", "audio", "document", "sticker")},
}
