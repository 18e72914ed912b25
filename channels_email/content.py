"""What a mail says and what hangs on it: the text, the HTML, and the attachments. Nothing in here raises.

A body is a row of passages. Each has a plain and an HTML form, or one of them, so that a mail whose footer is plain
and whose letter is HTML loses neither.
"""

import mimetypes
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from channels_email import flowed, html
from channels_email.headers import one_line
from channels_email.mime import Part, parse_message
from csplatform.gateway.contract import FileBytes, InboundAttachment

# Forms of a text that a desk does not show where there is a better one.
_POORER = frozenset({"text/enriched", "text/richtext", "text/rtf", "text/x-amp-html", "text/watch-html"})
# Shown where nothing else is there to be read.
_READABLE = frozenset(
    {"text/plain", "text/html", "application/plain", "message/delivery-status", "message/feedback-report"}
)
_MARKUP = re.compile(r"<[^<>\n]{0,200}>")
_UNSAFE = re.compile(r"[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]")
_NAMES = {
    "message/delivery-status": "delivery-status.txt",
    "message/disposition-notification": "disposition-notification.txt",
    "message/feedback-report": "feedback-report.txt",
    "text/rfc822-headers": "headers.txt",
    "text/calendar": "invitation.ics",
    "application/pgp-signature": "signature.asc",
    "application/pgp-encrypted": "pgp-version.txt",
    "application/pkcs7-signature": "smime.p7s",
    "application/x-pkcs7-signature": "smime.p7s",
    "application/pkcs7-mime": "smime.p7m",
    "application/ms-tnef": "winmail.dat",
}
_EXTENSIONS = {"image/jpeg": ".jpg", "image/jpg": ".jpg", "text/plain": ".txt", "application/octet-stream": ".bin"}
_LONGEST_NAME = 150
_FORWARD_DEPTH = 3


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of the body, in the forms it came in."""

    text: str = ""
    html: str = ""


@dataclass(frozen=True)
class Content:
    """The passages and attachments of a mail."""

    passages: tuple[Passage, ...]
    attachments: tuple[InboundAttachment, ...]

    @cached_property
    def text(self) -> str:
        """All that is to be read, as plain text."""
        said = (passage.text if passage.text.strip() else html.render(passage.html).text for passage in self.passages)
        return "\n\n".join(text.strip("\n") for text in said if text.strip())

    @property
    def html(self) -> str:
        """The body as HTML, exactly as sent (unsafe); empty where the mail is plain text."""
        if not any(passage.html for passage in self.passages):
            return ""
        return "\n".join(passage.html or html.from_text(passage.text) for passage in self.passages)


def read(root: Part) -> Content:
    """Return what the mail with the tree `root` says."""
    reader = _Reader()
    passages = reader.passages(root, is_root=True)
    content = Content(tuple(passages), tuple(reader.attachments))
    if content.text:
        return content
    return Content(tuple(passages) + tuple(_last_resort(root, _FORWARD_DEPTH)), content.attachments)


class _Reader:
    def __init__(self) -> None:
        self.attachments: list[InboundAttachment] = []

    def passages(self, part: Part, *, is_root: bool = False) -> list[Passage]:
        """Return the passages below `part`, and keep the attachments there."""
        if part.is_multipart:
            return self._of_multipart(part)
        if is_attachment(part, is_root=is_root):
            self._attach(part)
            return []
        return [_passage(part)]

    def _of_multipart(self, part: Part) -> list[Passage]:
        match part.content_type:
            case "multipart/alternative":
                return self._of_alternatives(part.children)
            case "multipart/related":
                return self._of_related(part)
            case "multipart/report" | "multipart/signed":
                first, *others = part.children
                passages = self.passages(first)
                for other in others:
                    self._attach_whole(other)
                return passages
        return [passage for child in part.children for passage in self.passages(child)]

    def _of_alternatives(self, children: Sequence[Part]) -> list[Passage]:
        shown = [child for child in children if child.content_type not in _POORER] or children
        passages = [passage for child in shown for passage in self.passages(child)]
        texts = dict.fromkeys(passage.text for passage in passages if passage.text.strip())
        markup = "\n".join(passage.html for passage in passages if passage.html)
        return [Passage("\n\n".join(texts), markup)] if texts or markup else []

    def _of_related(self, part: Part) -> list[Passage]:
        start = part.type_parameters.get("start").strip("<> ")
        named = [child for child in part.children if start and content_id(child) == start]
        root = (named or part.children)[0]
        passages = self.passages(root)
        for child in part.children:
            if child is not root:
                self._attach_whole(child)
        return passages

    def _attach_whole(self, part: Part) -> None:
        """Keep everything in `part` as attachments, texts too."""
        for leaf in part.walk():
            if not leaf.is_multipart:
                self._attach(leaf)

    def _attach(self, part: Part) -> None:
        content = part.content
        name = file_name(part, number=len(self.attachments) + 1)
        if content or _given_name(part):
            self.attachments.append(InboundAttachment(name, part.content_type, FileBytes(content), content_id(part)))


def is_attachment(part: Part, *, is_root: bool = False) -> bool:
    """Tell a file from a passage of the body."""
    if not part.content_type.startswith("text/"):
        return True
    if part.content_type in {"text/plain", "text/html"} | _POORER:
        return part.disposition.value == "attachment" or (bool(_given_name(part)) and not is_root)
    return not is_root


def _passage(part: Part) -> Passage:
    text = part.text
    if part.content_type == "text/html":
        return Passage(html=text)
    if part.content_type in {"text/enriched", "text/richtext"}:
        return Passage(_MARKUP.sub("", text))
    if part.type_parameters.get("format").lower() == "flowed":
        text = flowed.unfold(text, delete_space=part.type_parameters.get("delsp").lower() == "yes")
    return Passage(text)


def _last_resort(root: Part, depth: int) -> list[Passage]:
    """Return what else can be read where the body says nothing: an inline text file, a report, a forwarded mail."""
    leaves = [leaf for leaf in root.walk() if not leaf.is_multipart]
    for leaf in leaves:
        if leaf.content_type in _READABLE and (leaf is root or leaf.disposition.value != "attachment"):
            passage = _passage(leaf)
            if Content((passage,), ()).text:
                return [passage]
    for leaf in leaves:
        if leaf.content_type == "message/rfc822" and depth:
            inner = parse_message(leaf)
            reader = _Reader()
            passages = reader.passages(inner, is_root=True)
            return passages if Content(tuple(passages), ()).text else _last_resort(inner, depth - 1)
    return []


def content_id(part: Part) -> str:
    """Return the part's Content-ID without brackets, by which HTML shows it."""
    return part.headers.text("content-id").strip("<> ")


def file_name(part: Part, *, number: int) -> str:
    """Return a name to save the part under; never empty, never a path."""
    if given := clean_name(_given_name(part)):
        return given
    if part.content_type in _NAMES:
        return _NAMES[part.content_type]
    if part.content_type == "message/rfc822":
        subject = parse_message(part).headers.text("subject")
        return clean_name(f"{subject[:80].replace('/', '-')}.eml" if subject else f"message-{number}.eml")
    extension = _EXTENSIONS.get(part.content_type) or mimetypes.guess_extension(part.content_type) or ".bin"
    return f"attachment-{number}{extension}"


def _given_name(part: Part) -> str:
    return part.disposition.get("filename") or part.type_parameters.get("name") or part.headers.text("content-location")


def clean_name(name: str) -> str:
    """Return `name` without directories, control and direction characters, at most 150 characters long."""
    base = one_line(_UNSAFE.sub("", re.split(r"[/\\]", name.strip())[-1])).rstrip(". ")
    if len(base) <= _LONGEST_NAME:
        return base
    stem, dot, extension = base.rpartition(".")
    if not dot or len(extension) > 12:
        return base[:_LONGEST_NAME]
    return stem[: _LONGEST_NAME - len(extension) - 1] + dot + extension
