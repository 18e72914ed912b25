"""Which files a visitor may send: pictures, PDF and plain text, judged by their bytes and never by their name."""

import filetype

from channels_webchat.errors import Reason, Refused

LARGEST_FILE = 10 * 1024 * 1024
PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
ALLOWED = PICTURES | {"application/pdf", "text/plain"}
# What the file dialogue offers.
ACCEPT = ",".join(sorted(ALLOWED))


def content_type_of(data: bytes) -> str:
    """Return the content type of `data`; raises Refused where it is empty, too large or of no allowed kind."""
    if not data:
        raise Refused(Reason.EMPTY)
    if len(data) > LARGEST_FILE:
        raise Refused(Reason.FILE_SIZE)
    kind = filetype.guess_mime(data[:8192]) or ("text/plain" if _is_text(data) else "")
    if kind not in ALLOWED:
        raise Refused(Reason.FILE_TYPE)
    return str(kind)


def _is_text(data: bytes) -> bool:
    """Whether it is UTF-8 without control characters, and no mark-up that a browser would run."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return not text.lstrip("\ufeff \t\r\n").startswith("<") and all(char >= " " or char in "\t\r\n\f" for char in text)
