"""What is to be read in an HTML mail, as plain text. Nothing in here raises.

Written for mails: quoted passages come out with `> ` before each line, so that folding treats them as it does those
of text mails; what mail programs say of a piece by its class or id becomes a mark (`marks`); hidden text stays
hidden. The markup is read as a stream and only up to the limits below, so that neither depth nor size matters.
"""

import html
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache

from lxml.etree import LxmlError
from lxml.html import HTMLParser

from channels_email import marks

# Enough for any letter, and the whole HTML is kept beside the text: characters that are seen, characters of markup
# (pictures and styles may stand before the first word), and elements and pieces of text.
MAX_TEXT = 300_000
MAX_MARKUP = 8 * 1024 * 1024
MAX_EVENTS = 50_000
_CHUNK = 64 * 1024
_DEEPEST_QUOTE = 20

_PICTURE = re.compile(r"data:[\w/+.;=-]{0,60},[^\"'\s>]{1000,}")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_SPACES = re.compile(r" {2,}")
_VOID = _words("area base br col embed hr img input link meta param source track wbr")
_SILENT = _words("script style head title template noscript object svg math iframe")
_BLOCKS = _words(
    "address article aside body center dd details div dl dt fieldset figcaption figure footer form header html legend"
    " li main nav section summary table tbody tfoot thead tr caption menu dir"
)
_SPACED = _words("h1 h2 h3 h4 h5 h6 ul ol pre blockquote")
_HIDDEN = re.compile(r"(?i)display\s*:\s*none|mso-hide\s*:\s*all")
_KEPT_SPACES = re.compile(r"(?i)white-space\s*:\s*(?:pre|break-spaces)(?!-line)")
_NO_MARGIN = re.compile(r"(?i)margin(?:-bottom)?\s*:\s*0")
# An indented paragraph, made with a button, and no quotation.
_INDENT = re.compile(r"(?i)border(?:-left)?\s*:\s*(?:none|0)|border(?:-left)?-width\s*:\s*0")
# Outlook's box of From, Sent, To, Subject.
_OUTLOOK_BOX = re.compile(r"(?i)border-top\s*:\s*solid\s+#(?:e1e1e1|b5c4df)")

_QUOTING_NAMES = _words(
    "yahoo_quoted protonmail_quote tutanota_quote zmail_extra __aliyun_previous_body_wrap isreplycontent"
    " isforwardcontent origbody mail-quote-collapse messagereplysection ox-quote moz-forward-container includetail"
    " aolmail_quote front-blockquote"
)
_EARLIER_NAMES = _words(
    "appendonsend divrplyfwdmsg outlookmessageheader mail-editor-reference-message-container stopspelling"
    " ms-outlook-ios-reference-expand"
)
_ATTRIBUTION_NAMES = frozenset({"gmail_attr", "moz-cite-prefix"})


@dataclass(frozen=True, slots=True)
class _Element:
    """What an element is to the reader of a mail. `mark` is set before each line in it."""

    breaks: bool = False
    blank_before: bool = False
    blank_after: bool = False
    hides: bool = False
    keeps_spaces: bool = False
    quotes: bool = False
    is_earlier: bool = False
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Rendered:
    """The visible text of a page, its lines marked, and whether that is all of it."""

    text: str
    is_whole: bool


def render(markup: str) -> Rendered:
    """Return the visible text of `markup`, up to the limits."""
    if not markup or markup.isspace():
        return Rendered("", is_whole=True)
    page = _Page()
    parser = HTMLParser(target=page, encoding="utf-8", huge_tree=True)
    whole = marks.clean(markup if len(markup) <= _CHUNK else _PICTURE.sub("", markup))
    at = 0
    # What the library chokes on is still somebody's letter, as far as it was read.
    with suppress(LxmlError, AssertionError, ValueError):
        while at < min(len(whole), MAX_MARKUP) and not page.is_full:
            parser.feed(whole[at : at + _CHUNK].encode("utf-8", "replace"))
            at += _CHUNK
        if at >= len(whole):
            parser.close()
    return Rendered(page.text(), is_whole=at >= len(whole) and not page.is_full)


def to_text(markup: str) -> str:
    """Return the visible text of `markup`, up to the limits, without marks."""
    return "\n".join(marks.without(render(markup).text.split("\n")))


class _Page:
    """Takes the events of the parser and writes lines."""

    def __init__(self) -> None:
        self.is_full = False
        self._length = 0
        self._events = 0
        self._lines: list[str] = []
        self._pieces: list[str] = []
        self._open: list[_Element] = []
        self._hiding = 0  # how many open elements hide what is in them
        self._quoting = 0
        self._keeping_spaces = 0
        self._marks: list[str] = []
        self._wants_blank = False
        self._lists: list[int] = []  # number of the last item, -1 where items have none

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """An element begins."""
        self._count()
        if self.is_full:
            return
        element = _plain(tag) if not attributes else _of(tag, attributes)
        if tag in _VOID:
            if not (self._hiding or element.hides):
                self._void(tag, attributes)
                self._enter(element)
                self._leave(element)
            return
        self._open.append(element)
        if element.hides:
            self._hiding += 1
        elif not self._hiding:
            self._enter(element)
            self._begin_part(tag)

    def end(self, tag: str) -> None:
        """An element ends."""
        if self.is_full or tag in _VOID or not self._open:
            return
        element = self._open.pop()
        if element.hides:
            self._hiding -= 1
        elif not self._hiding:
            self._leave(element)
            if tag in {"ul", "ol"} and self._lists:
                self._lists.pop()

    def data(self, text: str) -> None:
        """Text stands here."""
        self._count()
        if self._hiding or self.is_full:
            return
        if self._keeping_spaces:
            first, *others = text.split("\n")
            self._say(first)
            for line in others:
                self._break(always=True)
                self._say(line)
            return
        text = text.replace("\r", " ").replace("\n", " ").replace("\t", " ")
        if "  " in text:
            text = _SPACES.sub(" ", text)
        if text[:1] == " " and (not self._pieces or self._pieces[-1][-1:] in {" ", "\t"}):
            text = text[1:]
        self._say(text)

    def comment(self, text: str) -> None:
        """Comments are not read."""

    def pi(self, target: str, data: str | None = None) -> None:
        """Nor are instructions."""

    def close(self) -> None:
        """The page ends."""

    def text(self) -> str:
        """Return what was read, at most one blank line between two."""
        self._break()
        return "\n".join(self._lines).strip("\n")

    def _count(self) -> None:
        self._events += 1
        if self._events > MAX_EVENTS or self._length > MAX_TEXT:
            self.is_full = True

    def _say(self, text: str) -> None:
        if text:
            self._pieces.append(text)
            self._length += len(text)

    def _enter(self, element: _Element) -> None:
        if element.breaks:
            self._break()
            self._wants_blank = self._wants_blank or (element.blank_before and not self._lists)
        if element.is_earlier and not self._quoting:
            self._lines.append(marks.EARLIER)
        if element.mark:
            self._marks.append(element.mark)
        if element.quotes:
            if self._wants_blank and self._lines:
                self._write("")
                self._wants_blank = False
            self._quoting += 1
        self._keeping_spaces += element.keeps_spaces

    def _leave(self, element: _Element) -> None:
        if element.breaks:
            self._break()
            self._wants_blank = self._wants_blank or element.blank_after
        if element.mark:
            self._marks.pop()
        self._quoting -= element.quotes
        self._keeping_spaces -= element.keeps_spaces

    def _void(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag == "br":
            self._break(always=True)
        elif tag == "img":
            self._say(_emoji(attributes.get("alt", "")))
        elif tag == "hr":
            self._break()
            self._say("-" * 10)
            self._break()

    def _begin_part(self, tag: str) -> None:
        """Begin what is one of several: a cell, a list, an item."""
        if tag in {"td", "th"}:
            if self._pieces and not self._pieces[-1].isspace():
                self._pieces.append("\t")
        elif tag == "ul":
            self._lists.append(-1)
        elif tag == "ol":
            self._lists.append(0)
        elif tag == "li":
            sign = "-"
            if self._lists and self._lists[-1] >= 0:
                self._lists[-1] += 1
                sign = f"{self._lists[-1]}."
            self._say("  " * min(max(0, len(self._lists) - 1), 8) + sign + " ")

    def _break(self, *, always: bool = False) -> None:
        """End the line, where there is one; `always` ends an empty one, too."""
        if not self._pieces:
            if always and not self._wants_blank:
                self._write("")
            return
        line = "".join(self._pieces).replace("\xa0", " ").rstrip()
        self._pieces.clear()
        if not line:
            self._wants_blank = True
            return
        if self._wants_blank and self._lines:
            self._write("")
        self._wants_blank = False
        self._write(line)

    def _write(self, line: str) -> None:
        if self._quoting:
            line = (">" * min(self._quoting, _DEEPEST_QUOTE) + " " + line.lstrip()).rstrip()
        elif self._marks and line:
            line = self._marks[-1] + line
        if not line.strip("> ") and self._lines and not self._lines[-1].strip("> "):
            return
        self._lines.append(line)


@lru_cache(maxsize=256)
def _plain(tag: str) -> _Element:
    return _element(tag, "", "", "")


def _of(tag: str, attributes: Mapping[str, str]) -> _Element:
    if "hidden" in attributes:
        return _Element(hides=True)
    classes, name, style = (
        attributes.get("class"),
        attributes.get("id") or attributes.get("name"),
        attributes.get("style"),
    )
    if not (classes or name or style):
        return _plain(tag)
    return _element(tag, classes or "", name or "", style or "")


@lru_cache(maxsize=4096)
def _element(tag: str, classes: str, name: str, style: str) -> _Element:
    """Return what a mail program means by an element; it says so in classes and ids, some prefixed with `x_`."""
    if tag in _SILENT or (style and _HIDDEN.search(style)):
        return _Element(hides=True)
    names = {word.removeprefix("x_") for word in f"{classes} {name} {tag}".lower().split()}
    is_earlier = not names.isdisjoint(_EARLIER_NAMES) or bool(style and _OUTLOOK_BOX.search(style))
    mark = "" if is_earlier else _mark(tag, names)
    quotes = not (is_earlier or mark) and _is_quotation(tag, names, style)
    is_letter = tag == "p" and not (classes.startswith("Mso") or (style and _NO_MARGIN.search(style)))
    return _Element(
        breaks=is_earlier or bool(mark) or quotes or tag == "p" or tag in _BLOCKS or tag in _SPACED,
        blank_before=is_letter or tag in _SPACED,
        blank_after=is_letter or quotes or tag in _SPACED,
        keeps_spaces=tag in {"pre", "textarea"} or bool(style and _KEPT_SPACES.search(style)),
        quotes=quotes,
        is_earlier=is_earlier,
        mark=mark,
    )


def _mark(tag: str, names: set[str]) -> str:
    if not names.isdisjoint(_ATTRIBUTION_NAMES):
        return marks.ATTRIBUTION
    return marks.SIGNATURE if tag == "sign" or any("signature" in name for name in names) else ""


def _is_quotation(tag: str, names: set[str], style: str) -> bool:
    if not names.isdisjoint(_QUOTING_NAMES) or (tag == "div" and "quote" in names):
        return True
    if any("yahoo_quoted" in name for name in names):
        return True
    return tag == "blockquote" and not (len(names) == 1 and style and _INDENT.search(style))


def _emoji(alternative: str) -> str:
    """Return what stands for a picture, where that is an emoji and no description."""
    if 0 < len(alternative) <= 8 and not alternative.isascii() and not any(map(str.isalnum, alternative)):
        return alternative
    return ""


def from_text(text: str) -> str:
    """Return `text` as a piece of HTML."""
    return f'<div style="white-space: pre-wrap">{html.escape(text)}</div>'
