"""Slack's calls as events. Pure.

Only direct messages to the app concern a desk. Their channel ("D…") is the handle: it belongs to one person, it is what
answers go to, and reports of what the app itself said name nobody else.
"""

from collections.abc import Callable
from dataclasses import dataclass

from channels_social import wording
from channels_social.reading import Node, read
from channels_social.slack import interactions
from channels_social.slack.ids import message_id, moment, posted_id
from channels_social.slack.texts import emoji, plain
from csplatform.gateway.contract import (
    Echo,
    Event,
    FileReference,
    HandleKind,
    InboundAttachment,
    InboundMessage,
    MessageDeleted,
    MessageEdited,
    RawDelivery,
    Reaction,
    Sender,
)
from csplatform.gateway.errors import Unreadable

# What a message was sent as, where it is one somebody wrote.
SAID = frozenset({"", "file_share", "me_message", "thread_broadcast", "bot_message"})
# Files that Slack shows a place-holder for: deleted, or beyond what a free workspace keeps.
GONE = frozenset({"tombstone", "hidden_by_limit"})
# The name under which our own key travels in a message's metadata.
KEY = "key"


@dataclass(frozen=True, slots=True)
class _Call:
    """What the envelope says: which app is called, and the ids of its own users."""

    app: str
    own_users: frozenset[str]

    def sent(self, message: Node) -> bool:
        """Whether the app itself said this."""
        author = message.optional_text("user")
        return author in self.own_users or (bool(self.app) and message.optional_text("app_id") == self.app)


def challenge(raw: RawDelivery) -> str | None:
    """Return what Slack wants to hear back when it tests our address; None where it does not."""
    if b"url_verification" not in raw.body:
        return None
    try:
        call = read(raw.body)
        return call.text("challenge") if call.optional_text("type") == "url_verification" else None
    except Unreadable:
        return None


def events(raw: RawDelivery, workspace: str) -> list[Event]:
    """Return what one call says about the account whose workspace's id is `workspace`. Raises Unreadable."""
    if interactions.is_form(raw):
        return interactions.events(raw, workspace)
    envelope = read(raw.body)
    if envelope.text("type") != "event_callback":
        return []  # as app_rate_limited
    installed = envelope.children("authorizations")
    teams = {one.optional_text("team_id") for one in installed} | {envelope.identifier("team_id")}
    if workspace not in teams:
        raise Unreadable(f"the workspace {envelope.identifier('team_id')} has no account at this address")
    own_users = {one.optional_text("user_id") for one in installed if one.values.get("is_bot") is True} - {""}
    event = envelope.child("event")
    reader = _KINDS.get(event.text("type"))
    found = reader(event, _Call(envelope.optional_text("api_app_id"), frozenset(own_users))) if reader else None
    return [found] if found else []


def _message(event: Node, call: _Call) -> Event | None:
    if event.optional_text("channel_type") != "im":
        return None
    kind = event.optional_text("subtype")
    if kind == "message_changed":
        return _changed(event, call)
    if kind == "message_deleted":
        return _deleted(event, call)
    if kind not in SAID:
        return None
    if call.sent(event):
        return _echo(event)
    return None if event.has("bot_id") else _said(event)


def _said(event: Node) -> InboundMessage:
    channel, ts = event.identifier("channel"), event.text("ts")
    shared = [_shared(one) for one in event.children("attachments") if one.values.get("is_share") is True]
    pieces = [plain(event.optional_text("text")), *shared, *_unfetchable(event)]
    attachments = _attachments(event)
    text = "\n".join(piece for piece in pieces if piece)
    thread = event.optional_text("thread_ts")
    about = {"user": event.optional_text("user"), "forwarded": bool(shared)}
    return InboundMessage(
        external_id=message_id(channel, ts),
        sender=Sender(channel, HandleKind.SOCIAL),
        text=text or ("" if attachments else wording.unsupported("")),
        sent_at=moment(event, "ts"),
        attachments=attachments,
        thread_refs=(message_id(channel, thread),) if thread and thread != ts else (),
        metadata={name: value for name, value in about.items() if value},
    )


def _echo(event: Node) -> Echo:
    channel = event.identifier("channel")
    attachments = _attachments(event)
    files = event.children("files")
    metadata = event.optional_child("metadata")
    payload = metadata.optional_child("event_payload") if metadata else None
    return Echo(
        external_id=posted_id(channel, files[0].identifier("id")) if files else message_id(channel, event.text("ts")),
        recipient=Sender(channel, HandleKind.SOCIAL),
        text=plain(event.optional_text("text")),
        sent_at=moment(event, "ts"),
        attachments=attachments,
        key=payload.optional_text(KEY) if payload else "",
    )


def _changed(event: Node, call: _Call) -> Event | None:
    """Read an edit; messages also change when a link is unfolded below them, and when one with answers is deleted."""
    message = event.child("message")
    if call.sent(message) or message.has("bot_id"):
        return None
    external_id = message_id(event.identifier("channel"), message.text("ts"))
    if message.optional_text("subtype") == "tombstone":
        return MessageDeleted(external_id, deleted_at=moment(event, "event_ts"))
    edited = message.optional_child("edited")
    if edited is None:
        return None
    return MessageEdited(external_id, text=plain(message.text("text")), edited_at=moment(edited, "ts"))


def _deleted(event: Node, call: _Call) -> MessageDeleted | None:
    """Read that somebody took back what they wrote; what the app itself takes back is no word of theirs."""
    before = event.optional_child("previous_message")
    if before is not None and call.sent(before):
        return None
    external_id = message_id(event.identifier("channel"), event.text("deleted_ts"))
    return MessageDeleted(external_id, deleted_at=moment(event, "event_ts"))


def _reaction(event: Node, call: _Call) -> Reaction | None:
    item = event.child("item")
    channel = item.optional_text("channel")
    if item.text("type") != "message" or not channel.startswith("D") or call.sent(event):
        return None
    return Reaction(
        external_id=message_id(channel, item.text("ts")),
        sender=Sender(channel, HandleKind.SOCIAL),
        emoji=emoji(event.text("reaction")) if event.text("type") == "reaction_added" else "",
        at=moment(event, "event_ts"),
    )


_KINDS: dict[str, Callable[[Node, _Call], Event | None]] = {
    "message": _message,
    "reaction_added": _reaction,
    "reaction_removed": _reaction,
}


def _attachments(event: Node) -> tuple[InboundAttachment, ...]:
    return tuple(
        InboundAttachment(
            name=file.optional_text("name") or file.optional_text("title") or "file",
            content_type=file.optional_text("mimetype") or "application/octet-stream",
            content=FileReference(file.identifier("id")),
        )
        for file in event.children("files")
        if _is_kept_by_slack(file)
    )


def _is_kept_by_slack(file: Node) -> bool:
    return file.values.get("is_external") is not True and file.optional_text("mode") not in GONE


def _unfetchable(event: Node) -> list[str]:
    """Say what was shared and cannot be fetched: by its link where it lies elsewhere."""
    found = []
    for file in event.children("files"):
        if file.values.get("is_external") is True:
            found.append(f"📎 {file.optional_text('title')} {file.optional_text('url_private')}".strip())
        elif file.optional_text("mode") in GONE:
            found.append(wording.unsupported("file"))
    return found


def _shared(attachment: Node) -> str:
    """Return a message that somebody passed on, with its author."""
    text = plain(attachment.optional_text("text") or attachment.optional_text("fallback"))
    author = attachment.optional_text("author_name")
    return f"{author}: {text}" if author else text
