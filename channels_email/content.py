"""What a mail says and what hangs on it: the text, the HTML, and the attachments. Nothing in here raises.

A body is a row of passages. Each has a plain and an HTML form, or one of them, so that a mail whose footer is plain
and whose letter is HTML loses neither. Mails that hang on it are attached as they are and shown below, with their
own attachments; what Outlook or S/MIME wraps up is unwrapped.
"""

import mimetypes
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from channels_email import calendars, cms, flowed, marks, pgp, tnef
from channels_email.headers import one_line
from channels_email.html import Rendered, from_text, render
from channels_email.mime import Part, parse, parse_message
from csplatform.gateway.contract import FileBytes, InboundAttachment

# Characters of the whole text; the mail itself is kept.
MAX_TEXT = 500_000
# Forms of a text that a desk does not show where there is a better one.
_POORER = frozenset({"text/enriched", "text/richtext", "text/rtf", "text/x-amp-html", "text/watch-html"})
# Shown where nothing else is there to be read.
_READABLE = frozenset(
    {"text/plain", "text/html", "application/plain", "message/delivery-status", "message/feedback-report"}
)
_CALENDARS = frozenset({"text/calendar", "application/ics"})
_MESSAGES = frozenset({"message/rfc822", "message/global"})
_SMIME = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
_SIGNATURES = {
    "application/pkcs7-signature": "smime",
    "application/x-pkcs7-signature": "smime",
    "application/pgp-signature": "pgp",
}
_MARKUP = re.compile(r"<[^<>\n]{0,200}>")
_UNSAFE = re.compile(r"[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]")
_NAMES = {
    "message/delivery-status": "delivery-status.txt",
    "message/disposition-notification": "disposition-notification.txt",
    "message/feedback-report": "feedback-report.txt",
    "text/rfc822-headers": "headers.txt",
    "text/calendar": "invitation.ics",
    "application/ics": "invitation.ics",
    "application/pgp-signature": "signature.asc",
    "application/pgp-encrypted": "pgp-version.txt",
    "application/pkcs7-signature": "smime.p7s",
    "application/x-pkcs7-signature": "smime.p7s",
    "application/pkcs7-mime": "smime.p7m",
    "application/x-pkcs7-mime": "smime.p7m",
    "application/ms-tnef": "winmail.dat",
}
_EXTENSIONS = {"image/jpeg": ".jpg", "image/jpg": ".jpg", "text/plain": ".txt", "application/octet-stream": ".bin"}
_LONGEST_NAME = 150
# How deep mails within mails are opened, and how many in all.
_MAX_DEPTH = 3
_MAX_OPENED = 20
# Bytes of HTML after which further pages are attached.
_MAX_MARKUP = 1024 * 1024
_NOTHING = marks.ALL + " \n\t"
_FORWARDED = "---------- Forwarded message ----------"


@dataclass(frozen=True)
class Passage:
    """A piece of the body, in the forms it came in."""

    text: str = ""
    html: str = ""

    @cached_property
    def rendered(self) -> Rendered:
        """What is to be read in it: the plain form, where that says anything."""
        if self.text and not self.text.isspace():
            return Rendered(marks.clean(self.text), is_whole=True)
        return render(self.html)


@dataclass(frozen=True)
class Content:
    """The passages and attachments of a mail.

    `signed` and `encrypted` name the way (`smime`, `pgp`), empty where it is not. No signature is checked.
    """

    passages: tuple[Passage, ...]
    attachments: tuple[InboundAttachment, ...] = ()
    signed: str = ""
    encrypted: str = ""

    @property
    def text(self) -> str:
        """All that is to be read, as plain text, cut with a sign of it after about MAX_TEXT characters."""
        return "\n".join(marks.without(self.marked.split("\n")))

    @cached_property
    def marked(self) -> str:
        """The text with the marks by which folding knows what HTML said of its lines."""
        text = self._rendered.text
        return text if self.is_whole else f"{text[:MAX_TEXT]}\n[…]"

    @property
    def is_whole(self) -> bool:
        """Whether the text is all of it."""
        return self._rendered.is_whole and len(self._rendered.text) <= MAX_TEXT

    @cached_property
    def _rendered(self) -> Rendered:
        said = [passage.rendered for passage in self.passages]
        text = "\n\n".join(part.text.strip("\n") for part in said if part.text.strip())
        return Rendered(text, is_whole=all(part.is_whole for part in said))

    @property
    def html(self) -> str:
        """The body as HTML, exactly as sent (unsafe); empty where the mail is plain text."""
        if not any(passage.html for passage in self.passages):
            return ""
        return "\n".join(passage.html or from_text(passage.text) for passage in self.passages)


def read(root: Part) -> Content:
    """Return what the mail with the tree `root` says."""
    reader = _Reader()
    passages = reader.mail(root)
    if reader.encrypted and not _says(passages):
        passages = [Passage(_hint(reader.encrypted))]
    return Content(tuple(passages), tuple(reader.attachments), reader.signed, reader.encrypted)


def _says(passages: Iterable[Passage]) -> bool:
    return any(passage.rendered.text.strip(_NOTHING) for passage in passages)


def _hint(encrypted: str) -> str:
    """Return what to say instead of a text that only the holder of a key can read, in the site's language."""
    way = {"smime": "S/MIME", "pgp": "PGP"}[encrypted]
    with translation.override(settings.LANGUAGE_CODE):
        return _("This message is encrypted (%(way)s). It is attached as it came.") % {"way": way}


class _Reader:
    """Goes through the parts of a mail, and of the mails in it."""

    def __init__(self) -> None:
        self.attachments: list[InboundAttachment] = []
        self.signed = ""
        self.encrypted = ""
        self._depth = 0
        self._opened = 0
        self._markup = 0
        self._spare: list[Passage] = []  # shown where the mail says nothing else
        self._forwarded: list[Passage] = []

    def mail(self, root: Part) -> list[Passage]:
        """Return the passages of the mail with the tree `root`, else what comes nearest, and what it forwards."""
        outer = self._spare, self._forwarded
        self._spare, self._forwarded = [], []
        passages = self.passages(root, is_root=True)
        if not _says(passages):
            passages += self._spare[:1]
        if not (self._forwarded or self.encrypted or _says(passages)):
            passages += _last_resort(root)
        passages += self._forwarded
        self._spare, self._forwarded = outer
        return passages

    def passages(self, part: Part, *, is_root: bool = False) -> list[Passage]:
        """Return the passages below `part`, and keep the attachments there."""
        if part.is_multipart:
            return self._of_multipart(part)
        if part.content_type in _SMIME or _given_name(part).lower().endswith(".p7m"):
            return self._of_smime(part)
        if part.content_type in _MESSAGES:
            self._attach(part)
            self._forward(part)
            return []
        if part.content_type == "message/partial":
            return self._of_piece(part)
        if is_attachment(part, is_root=is_root):
            self._attach(part)
            return []
        if part.content_type == "text/html" and self._has_enough_markup(part):
            self._attach(part)
            return []
        if _given_name(part):  # the mail is nothing but a file, to be read all the same
            self._attach(part)
        return [self._passage(part)]

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
            case "multipart/encrypted":
                self.encrypted = self.encrypted or "pgp"
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

    def _of_smime(self, part: Part) -> list[Passage]:
        """Return what was signed; what is encrypted or signed apart is attached."""
        data = part.content
        signed = cms.signed_content(data) if self._may_open() else None
        if signed is None:
            if cms.kind(data) is cms.Kind.ENCRYPTED:
                self.encrypted = self.encrypted or "smime"
            self._attach(part)
            return []
        self.signed = self.signed or "smime"
        self._depth += 1
        passages = self.passages(parse(signed), is_root=True)
        self._depth -= 1
        return passages

    def _of_piece(self, part: Part) -> list[Passage]:
        """Say that this is a piece of a mail (RFC 2046 5.2.2), and show what the first one has of it."""
        self._attach(part)
        number, total = (part.type_parameters.get(name)[:9] for name in ("number", "total"))
        if number == "1":
            self._forward(part)
        with translation.override(settings.LANGUAGE_CODE):
            hint = _("This is piece %(number)s of %(total)s of a mail that was sent in pieces. It is attached.")
            return [Passage(hint % {"number": number or "?", "total": total or "?"})]

    def _forward(self, part: Part) -> None:
        """Show a mail that hangs on this one below it, and keep its attachments."""
        if not self._may_open():
            return
        root = parse_message(part)
        names = ("from", "date", "subject", "to", "cc")
        fields = [f"{name.title()}: {text}" for name in names if (text := root.headers.text(name))]
        head = "\n".join([_FORWARDED, *fields])
        self._depth += 1
        inner = Content(tuple(self.mail(root)))
        self._depth -= 1
        markup = f"{from_text(head)}\n{inner.html}" if inner.html else ""
        self._forwarded.append(Passage(f"{head}\n\n{inner.text}".rstrip(), markup))

    def _has_enough_markup(self, part: Part) -> bool:
        """Tell whether so much HTML was read that more of it is no letter but a burden."""
        has_enough = self._markup > _MAX_MARKUP
        self._markup += part.end - part.body_start
        return has_enough

    def _may_open(self) -> bool:
        self._opened += 1
        return self._depth < _MAX_DEPTH and self._opened <= _MAX_OPENED

    def _attach_whole(self, part: Part) -> None:
        """Keep everything in `part` as attachments, texts too."""
        for leaf in part.walk():
            if not leaf.is_multipart:
                self._attach(leaf)

    def _attach(self, part: Part) -> None:
        content = part.content
        name = file_name(part, number=len(self.attachments) + 1)
        if tnef.is_tnef(part.content_type, name, content) and (opened := tnef.unwrap(content)):
            self._unwrap(opened)
            return
        if part.content_type in _CALENDARS:
            self._invite(part)
        self.signed = self.signed or _SIGNATURES.get(part.content_type, "")
        if content or _given_name(part):
            self.attachments.append(InboundAttachment(name, part.content_type, FileBytes(content), content_id(part)))

    def _unwrap(self, opened: tnef.Opened) -> None:
        self._spare.append(Passage(opened.text, opened.html))
        for file in opened.files:
            name = clean_name(file.name) or f"attachment-{len(self.attachments) + 1}.bin"
            kind = file.content_type or mimetypes.guess_type(name)[0] or "application/octet-stream"
            self.attachments.append(InboundAttachment(name, kind, FileBytes(file.content), file.content_id))

    def _invite(self, part: Part) -> None:
        with translation.override(settings.LANGUAGE_CODE):
            self._spare.append(Passage(calendars.summary(part.text)))

    def _passage(self, part: Part) -> Passage:
        passage = _passage(part)
        cleared = pgp.clear(passage.text)
        if cleared.is_signed:
            self.signed = self.signed or "pgp"
        for block in cleared.encrypted:
            self.encrypted = self.encrypted or "pgp"
            file = FileBytes(block.encode("utf-8", "replace"))
            self.attachments.append(InboundAttachment("encrypted.asc", "application/pgp-encrypted", file))
        return Passage(cleared.text, passage.html)


def is_attachment(part: Part, *, is_root: bool = False) -> bool:
    """Tell a file from a passage of the body."""
    if not part.content_type.startswith("text/") or part.content_type in _CALENDARS:
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


def _last_resort(root: Part) -> list[Passage]:
    """Return what else can be read where the body says nothing: an inline text file, a report."""
    for leaf in root.walk():
        if leaf.content_type in _READABLE and (leaf is root or leaf.disposition.value != "attachment"):
            passage = _passage(leaf)
            if _says([passage]):
                return [passage]
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
