"""Which files a visitor may send: as the account says, judged by their bytes and never by their name."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import filetype
from django.utils.translation import gettext_lazy as _

from channels_webchat.errors import Reason, Refused

LARGEST_FILE = 10 * 1024 * 1024
PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
_PAPERS = frozenset({"application/pdf", "text/plain"})
_OFFICE = frozenset(
    {
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "application/vnd.oasis.opendocument.text",
        "application/vnd.oasis.opendocument.spreadsheet",
        "application/vnd.oasis.opendocument.presentation",
    }
)
# What a browser offers by content type alone, some leave out.
_ENDINGS = {"text/plain": ".txt", "application/pdf": ".pdf"} | dict.fromkeys(
    _OFFICE, ".docx,.xlsx,.pptx,.odt,.ods,.odp"
)


@dataclass(frozen=True, slots=True)
class Allowed:
    """Content types that an account takes, and the sentence that says so; none where it takes no files at all."""

    types: Collection[str]
    words: Any

    @property
    def accept(self) -> str:
        """What the file dialogue offers."""
        return ",".join(dict.fromkeys([*sorted(self.types), *(_ENDINGS[one] for one in self.types if one in _ENDINGS)]))


USUAL = ""
CHOICES: dict[str, tuple[Any, Allowed]] = {
    USUAL: (
        _("Pictures, PDF and text"),
        Allowed(PICTURES | _PAPERS, _("Only pictures, PDF and text files can be sent.")),
    ),
    "pictures": (_("Pictures"), Allowed(PICTURES, _("Only pictures can be sent."))),
    "office": (
        _("Pictures, PDF, text and office documents"),
        Allowed(PICTURES | _PAPERS | _OFFICE, _("Only pictures, PDF, text files and office documents can be sent.")),
    ),
    "none": (_("None"), Allowed((), _("No files can be sent here."))),
}


def allowed_by(settings: Mapping[str, Any]) -> Allowed:
    """Return what the account's setting `files` allows; what is no choice counts as the usual."""
    chosen = settings.get("files")
    return CHOICES[chosen if isinstance(chosen, str) and chosen in CHOICES else USUAL][1]


def content_type_of(data: bytes, allowed: Collection[str]) -> str:
    """Return the content type of `data`; raises Refused where it is empty, too large or not among `allowed`."""
    if not data:
        raise Refused(Reason.EMPTY)
    if len(data) > LARGEST_FILE:
        raise Refused(Reason.FILE_SIZE)
    kind = filetype.guess_mime(data[:8192]) or ("text/plain" if _is_text(data) else "")
    if kind not in allowed:
        raise Refused(Reason.FILE_TYPE)
    return str(kind)


def _is_text(data: bytes) -> bool:
    """Whether it is UTF-8 without control characters, and no mark-up that a browser would run."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return not text.lstrip("\ufeff \t\r\n").startswith("<") and all(char >= " " or char in "\t\r\n\f" for char in text)
