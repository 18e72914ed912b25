"""Which mail is it, and which mails does it answer (RFC 5322 3.6.4). Nothing in here raises."""

import base64
import binascii
import hashlib
import re

from channels_email.headers import Headers, message_ids
from channels_email.mime import Part

MAX_REFERENCES = 50
# An id of ours for a mail that has none. It holds no @, so that it is never mistaken for a Message-ID.
_OWN = "sha256:"
# What a sender's program writes and relays leave alone.
_OF_MAIL = (
    *("date", "from", "to", "cc", "reply-to", "subject", "in-reply-to", "references"),
    *("mime-version", "user-agent", "x-mailer", "auto-submitted", "x-autoreply"),
)
_OF_PART = ("content-type", "content-disposition", "content-id", "content-location")
_SPACES = re.compile(rb"\s+")
# Outlook's Thread-Index (MS-OXOMSG 2.2.1.3): a byte, five of time, sixteen that name the thread, five for each answer.
_THREAD_GUID = slice(6, 22)


def external_id(root: Part) -> str:
    """Return the Message-ID without its brackets, or a digest of the mail's bytes where it has none."""
    given = next(message_ids(root.headers.raw("message-id")), "")
    return given or _OWN + hashlib.sha256(root.source).hexdigest()


def thread_refs(headers: Headers) -> tuple[str, ...]:
    """Return the ids of the mails that this one answers, nearest first, at most 50."""
    answered = [token for value in headers.all_raw("in-reply-to") for token in message_ids(value)]
    earlier = [token for value in headers.all_raw("references") for token in message_ids(value)]
    return tuple(dict.fromkeys([*answered, *reversed(earlier)]))[:MAX_REFERENCES]


def thread_root(headers: Headers) -> str:
    """Return Outlook's own name for the thread: it keeps that where it cuts the references. Empty for none."""
    try:
        index = base64.b64decode(headers.raw("thread-index"), validate=False)
    except binascii.Error:
        return ""
    guid = index[_THREAD_GUID]
    return "outlook:" + guid.hex() if len(guid) == 16 else ""


def fingerprint(root: Part) -> str:
    """Return a digest (64 characters) over what stays the same when a mail is sent again.

    That is who, when, about what, and the content with its transfer encoding undone: relays add trace fields,
    recode bodies and change line ends.
    """
    digest = hashlib.sha256()
    for name in _OF_MAIL:
        digest.update(_SPACES.sub(b" ", root.headers.raw(name)) + b"\n")
    for part in root.walk():
        for name in _OF_PART:
            digest.update(_SPACES.sub(b" ", part.headers.raw(name)) + b"\n")
        if part.is_multipart:
            continue
        content = part.content
        if part.content_type.startswith("text/"):
            content = b" ".join(content.split())
        digest.update(hashlib.sha256(content).digest())
    return digest.hexdigest()
