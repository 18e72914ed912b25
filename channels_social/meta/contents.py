"""What stands in one message of Messenger or Instagram. Pure.

Source: developers.facebook.com/documentation/business-messaging/messenger-platform/webhooks/webhook-events/messages,
and instagram-messaging/webhooks.
"""

from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from channels_social import wording
from channels_social.content import Content
from channels_social.meta.files import is_metas
from channels_social.reading import Node
from csplatform.gateway.contract import FileReference, InboundAttachment
from csplatform.gateway.errors import Unreadable

# Kinds with a file of their own: its name and type, until fetching it says better.
MEDIA = {
    "image": ("image.jpg", "image/jpeg"),
    "sticker": ("sticker.png", "image/png"),
    "audio": ("audio.mp4", "audio/mp4"),
    "video": ("video.mp4", "video/mp4"),
    "file": ("file", "application/octet-stream"),
    "story_mention": ("story", "application/octet-stream"),
}
# Something on Facebook or Instagram that was passed on; its file is not always handed out.
SHARED = frozenset({"share", "post", "ig_post", "reel", "ig_reel", "ig_story"})


def content_of(message: Node) -> Content:
    """Return the content of a `message`, which is a place-holder at least. Raises Unreadable."""
    text = message.optional_text("text")
    parts = [_part(attachment, text) for attachment in message.children("attachments")]
    lines = [text, *(part.text for part in parts)]
    files = {file.content: file for part in parts for file in part.attachments}
    metadata = {name: value for part in parts for name, value in part.metadata.items()} | _surroundings(message)
    story = _story(message)
    if story is not None:
        metadata["story"] = "answer"
        files.setdefault(story.content, story)
    said = "\n".join(line for line in lines if line)
    if not said and not files:
        said = wording.unsupported("")
        metadata["unsupported"] = "message"
    return Content(said, tuple(files.values()), metadata)


def referral(referred: Node) -> dict[str, str]:
    """Return what brought somebody here: an advertisement, a link with a word of ours, a product."""
    about = referred.optional_child("ads_context_data")
    product = referred.optional_child("product")
    found = {
        "advertisement": about.optional_text("ad_title") if about else "",
        "referral": referred.optional_text("ref") or referred.optional_text("source"),
        "product": product.identifier("id") if product else "",
    }
    return {name: value for name, value in found.items() if value}


def _surroundings(message: Node) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if pressed := message.optional_child("quick_reply"):
        found["button"] = pressed.optional_text("payload")
    if referred := message.optional_child("referral"):
        found |= referral(referred)
    return found


def _story(message: Node) -> InboundAttachment | None:
    """Return the story that somebody answered to, whose picture is gone after a day."""
    answered = message.optional_child("reply_to")
    story = answered.optional_child("story") if answered else None
    url = story.optional_text("url") if story else ""
    return _file("story_mention", url) if url else None


def _part(attachment: Node, said: str) -> Content:
    kind = attachment.text("type")
    payload = attachment.optional_child("payload") or Node({}, "payload")
    url = payload.optional_text("url") or attachment.optional_text("url")
    if kind in MEDIA and url:
        return Content(attachments=(_file(kind, url),), metadata={"story": "mention"} if "story" in kind else {})
    if kind == "location":
        return Content(_place(attachment, payload))
    title = attachment.optional_text("title") or payload.optional_text("title")
    if kind == "template":
        return Content(_template(payload, title))
    if kind in SHARED and is_metas(url) and _is_file(url):
        return Content(title, (_file("story_mention", url),), {"shared": kind})
    if kind in SHARED or kind == "fallback":
        shown = "" if url and url in said else wording.link(title, url)
        return Content(shown or ("" if said else wording.unsupported(kind)), metadata={"shared": kind})
    return Content(wording.unsupported(kind), metadata={"unsupported": kind})


def _is_file(url: str) -> bool:
    """Tell a file of something shared from the page that shows it."""
    return (urlsplit(url).hostname or "").removeprefix("www.") not in {"facebook.com", "instagram.com"}


def _file(kind: str, url: str) -> InboundAttachment:
    name, content_type = MEDIA[kind]
    if kind == "file":
        name = unquote(PurePosixPath(urlsplit(url).path).name) or name
    return InboundAttachment(name, content_type, FileReference(url))


def _place(attachment: Node, payload: Node) -> str:
    at = payload.child("coordinates")
    if not at.has("lat") or not at.has("long"):
        raise Unreadable("a location has no coordinates")
    where = Node({"latitude": at.values["lat"], "longitude": at.values["long"]}, at.path)
    return wording.place(where, attachment.optional_text("title"))


def _template(payload: Node, title: str) -> str:
    """Return what a person can read of a message with buttons or cards."""
    cards = [element.optional_text("title") for element in payload.children("elements")]
    lines = [payload.optional_text("text") or title, *cards]
    return "\n".join(line for line in lines if line) or wording.unsupported("template")
