"""What is said in public about a Facebook page or an Instagram account: comments, posts and mentions. Pure.

Everything that one person says below one post is one place, a handle of the kind PUBLIC; the person is known beside it,
to be answered in private. No machine answers where everybody reads. What the account itself says there is left out.
Sources: developers.facebook.com/docs/graph-api/webhooks/reference/page (feed, mention) and .../instagram (comments).
"""

from datetime import datetime

from channels_social import wording
from channels_social.meta.files import is_metas
from channels_social.reading import Node
from csplatform.gateway.contract import (
    Event,
    FileReference,
    HandleKind,
    InboundAttachment,
    InboundMessage,
    MessageDeleted,
    MessageEdited,
    Sender,
)

_PREFIX = "public:"
_POSTS = frozenset({"status", "post", "photo", "video", "share"})


def is_public(recipient: str) -> bool:
    """Tell whether an external id is a place where everybody reads."""
    return recipient.startswith(_PREFIX)


def events(entry: Node, own: str) -> list[Event]:
    """Return what an entry says that people said in public to the page or account `own`. Raises Unreadable."""
    # Instagram Login's calls name field and value in the entry itself.
    changes = [entry, *entry.children("changes")] if entry.has("field") else entry.children("changes")
    found: list[Event | None] = []
    for change in changes:
        field = change.optional_text("field")
        if field in {"feed", "mention"}:
            found.append(_on_page(change.child("value"), own))
        elif field in {"comments", "live_comments"}:
            found.append(_below_media(change.child("value"), entry, own))
    return [event for event in found if event is not None]


def _on_page(value: Node, own: str) -> Event | None:
    """Read a comment below a post of the page, a visitor's post, or one that names the page."""
    item, verb = value.optional_text("item"), value.optional_text("verb")
    if item != "comment" and item not in _POSTS:
        return None
    said = value.identifier("comment_id" if item == "comment" else "post_id")
    author = value.optional_child("from")
    person = author.identifier("id") if author else value.optional_text("sender_id")
    if person == own:
        return None
    at = value.moment("created_time")
    if verb == "remove":
        return MessageDeleted(said, deleted_at=at)
    text = value.optional_text("message")
    if verb in {"edit", "edited"}:
        return MessageEdited(said, text=text, edited_at=at)
    if verb != "add":
        return None
    name = (author.optional_text("name") if author else "") or value.optional_text("sender_name")
    photo = value.optional_text("photo")
    files = (InboundAttachment("photo.jpg", "image/jpeg", FileReference(photo)),) if is_metas(photo) else ()
    shown = text or ("" if files else wording.unsupported(item))
    return _message(said, _place(value.identifier("post_id"), person or said, person, name), shown, at, files)


def _below_media(value: Node, entry: Node, own: str) -> Event | None:
    author = value.child("from")
    person = author.identifier("id")
    if own in {person, author.optional_text("self_ig_scoped_id")}:
        return None
    place = _place(value.child("media").identifier("id"), person, person, author.optional_text("username"))
    text = value.optional_text("text") or wording.unsupported("comment")
    return _message(value.identifier("id"), place, text, _moment(entry), ())


def _message(
    said: str, sender: Sender, text: str, at: datetime, files: tuple[InboundAttachment, ...]
) -> InboundMessage:
    return InboundMessage(
        said, sender, text, sent_at=at, attachments=files, bulk=True, metadata={"public": sender.external_id}
    )


def _place(post: str, author: str, person: str, name: str) -> Sender:
    return Sender(f"{_PREFIX}{post}:{author}", HandleKind.PUBLIC, name=name, private=person)


def _moment(entry: Node) -> datetime:
    """Return when the call was made, which Meta tells in seconds of some products and in milliseconds of others."""
    return entry.moment_ms("time") if entry.number("time") > 100_000_000_000 else entry.moment("time")
