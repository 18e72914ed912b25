"""Handing messages and small signs to Messenger and Instagram, which share one Send API.

Source: developers.facebook.com/documentation/business-messaging/messenger-platform/send-messages.
"""

from typing import Any

from django.utils.translation import gettext_noop

from channels_social.meta.graph import Graph, named
from csplatform.gateway.contract import OutboundMessage, SendResult
from csplatform.gateway.errors import SendFailed

NO_FILES = gettext_noop("Files cannot be sent where everybody reads.")
NOTHING_TO_ANSWER = gettext_noop("There is nothing in public to be answered.")

# Buttons below a message, and the characters that fit on one; the whole text goes along unseen.
MOST_REPLIES = 13
MOST_TITLE = 20


def send(
    graph: Graph, place: str, message: OutboundMessage, content: dict[str, Any], kind: dict[str, str], *, own: str
) -> SendResult:
    """Send `content` (a text or a file) through `place`; `kind` is what it is sent as while the window is open.

    `own` is the account, below whose posts somebody may be answered in private without ever having written.
    Beyond the window a person's answer is tagged so; Meta forbids that tag within it. Raises SendFailed,
    SendUnavailable, SendUncertain.
    """
    envelope: dict[str, Any] = {"recipient": _recipient(message, own)}
    envelope |= {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"} if message.late else kind
    if message.reply_to:
        envelope["reply_to"] = {"mid": message.reply_to}
    if message.quick_replies:
        content = content | {"quick_replies": [_button(text) for text in message.quick_replies[:MOST_REPLIES]]}
    return SendResult(named(graph.send(place, envelope | {"message": content}), "message_id"))


def answer_in_public(graph: Graph, edge: str, message: OutboundMessage) -> SendResult:
    """Answer below what somebody said in public. Raises SendFailed, SendUnavailable, SendUncertain."""
    if message.attachments:
        raise SendFailed(NO_FILES)
    if not message.reply_to:
        raise SendFailed(NOTHING_TO_ANSWER)
    return SendResult(named(graph.send(f"{message.reply_to}/{edge}", {"message": message.text}), "id"))


def act(graph: Graph, place: str, person: str, action: str) -> None:
    """Show a person a sign: `typing_on`, `mark_seen`. Raises SendFailed, SendUnavailable."""
    graph.tell(place, json={"recipient": {"id": person}, "sender_action": action})


def kind_of(content_type: str) -> str:
    """Return as what a file is sent."""
    kind = content_type.split("/")[0]
    return kind if kind in {"image", "audio", "video"} else "file"


def _recipient(message: OutboundMessage, own: str) -> dict[str, str]:
    """Return who a message is for; a page's own post is told from a comment by the page's id in front."""
    public = message.answers_public
    if not public:
        return {"id": message.recipient}
    return {"post_id" if public.startswith(f"{own}_") else "comment_id": public}


def _button(text: str) -> dict[str, str]:
    title = text if len(text) <= MOST_TITLE else text[: MOST_TITLE - 1] + "…"
    return {"content_type": "text", "title": title, "payload": text[:1000]}
