"""What travels to a visitor's page, as plain values for JSON."""

from typing import Any
from uuid import UUID

from django.core import signing
from django.urls import reverse

from channels_webchat.channel import key_of
from channels_webchat.errors import Reason
from channels_webchat.look import shown_name
from channels_webchat.waiting import Waiting
from channels_webchat.widget import widget_of
from csplatform.flows.transcript import File, Line, Side, Transcript
from csplatform.gateway.models import ChannelAccount

# A picture in a page that stays open is not asked for again after this; the page's next lines carry fresh links.
LINK_LIFETIME = 24 * 3600  # seconds
_SALT = "channels_webchat.file"

Frame = dict[str, Any]


def transcript_frame(
    kind: str, account: ChannelAccount, transcript: Transcript, waiting: Waiting | None = None
) -> Frame:
    """Return lines, and what the page is to name as `known` when it comes back; where asked, `waiting` with them."""
    frame: Frame = {
        "type": kind,
        "lines": [line_frame(account, line) for line in transcript.lines],
        "known": {str(conversation): revision for conversation, revision in transcript.known.items()},
        "more": transcript.more,
    }
    return frame | ({"waiting": waiting.frame()} if waiting else {})


def ack_frame(account: ChannelAccount, line: Line) -> Frame:
    """Return the word that a message is stored; the page may forget its copy."""
    return {"type": "ack", "key": key_of(line.external_id), "line": line_frame(account, line)}


def refused_frame(reason: Reason, key: object = None) -> Frame:
    """Return why a message was not taken; `key` as the page named it."""
    return {"type": "refused", "key": key if isinstance(key, str) else None, "reason": reason.value}


def erased_frame() -> Frame:
    """Return the word that the visitor is forgotten; the page forgets them too."""
    return {"type": "erased"}


def typing_frame(account: ChannelAccount, name: str) -> Frame:
    """Return that somebody is typing an answer at this moment."""
    return {"type": "typing", "name": shown_name(name, widget_of(account).agent_names)}


def waiting_frame(waiting: Waiting | None) -> Frame:
    """Return how long the visitor may have to wait; `waiting` is None once they need not."""
    return {"type": "waiting", "waiting": waiting.frame() if waiting else None}


def signed_file_url(account: ChannelAccount, key: UUID, visitor_id: str) -> str:
    """Return a link that lets this visitor fetch this file, for LINK_LIFETIME."""
    signature = signing.dumps({"file": str(key), "visitor": visitor_id}, salt=_SALT)
    return f"{reverse('webchat-file', args=[account.address, key])}?s={signature}"


def visitor_of_link(key: UUID, signature: str) -> str:
    """Return whom a link to a file was made for. Raises signing.BadSignature."""
    facts = signing.loads(signature, salt=_SALT, max_age=LINK_LIFETIME)
    if facts.get("file") != str(key):
        raise signing.BadSignature("the link was made for another file")
    return str(facts["visitor"])


def line_frame(account: ChannelAccount, line: Line) -> Frame:
    """Return one line as its visitor may see it."""
    is_own = line.side is Side.CUSTOMER
    return {
        "id": line.id,
        "conversation": line.conversation,
        "side": line.side.value,
        "key": key_of(line.external_id) if is_own else None,
        "text": line.text,
        "at": line.at.isoformat(),
        "name": shown_name(line.full_name, widget_of(account).agent_names) if line.full_name else "",
        "state": line.state,
        "receipts": [key_of(receipt) for receipt in line.receipts],
        "files": [_file(account, file, line.visitor) for file in line.files],
        "edited": line.is_edited,
        "deleted": line.is_deleted,
    }


def _file(account: ChannelAccount, file: File, visitor_id: str) -> Frame:
    return {
        "name": file.name,
        "type": file.content_type,
        "size": file.size,
        "image": file.is_image,
        "url": signed_file_url(account, file.key, visitor_id),
    }
