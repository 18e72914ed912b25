"""What is to be read in an HTML mail, as plain text. Nothing in here raises.

Quoted passages come out with `> ` before each line, so that folding treats them as it does those of text mails.
"""

import html
import re

from inscriptis import Inscriptis
from inscriptis.css_profiles import CSS_PROFILES
from inscriptis.model.config import ParserConfig
from lxml.etree import LxmlError, ParserError
from lxml.html import HtmlElement, HTMLParser, document_fromstring

# Enough for any letter; the whole HTML is kept beside the text.
MAX_HTML = 1024 * 1024
_CONFIG = ParserConfig(css=CSS_PROFILES["strict"], display_links=False, display_images=False)
_OPEN, _CLOSE = "\ue000", "\ue001"  # private use: brackets around a quoted passage
_HIDDEN = re.compile(r"(?is)<(script|style|head|title|template)\b.*?(?:</\1\s*>|\Z)|<!--.*?(?:-->|\Z)")
_BREAK = re.compile(r"(?i)<(?:br|/p|/div|/tr|/li|/h[1-6]|/blockquote)\b[^>]*>")
_TAG = re.compile(r"<[^<>]*>")
_BLANKS = re.compile(r"\n{3,}")


def to_text(markup: str) -> str:
    """Return the visible text of `markup`."""
    markup = markup[:MAX_HTML].replace(_OPEN, "").replace(_CLOSE, "")
    if not markup.strip():
        return ""
    try:
        tree = document_fromstring(markup.encode("utf-8"), parser=HTMLParser(encoding="utf-8"))
        _bracket_quotes(tree)
        text = Inscriptis(tree, _CONFIG).get_text()
    except (LxmlError, ParserError, ValueError, RecursionError, AttributeError, IndexError):
        text = _crude(markup)  # what the libraries choke on is still somebody's letter
    return _BLANKS.sub("\n\n", _prefix_quotes(text)).strip("\n ")


def _bracket_quotes(tree: HtmlElement) -> None:
    for quote in tree.iter("blockquote"):
        quote.text = _OPEN + (quote.text or "")
        last = quote[-1] if len(quote) else None
        if last is None:
            quote.text += _CLOSE
        else:
            last.tail = (last.tail or "") + _CLOSE


def _prefix_quotes(text: str) -> str:
    """Turn the brackets into `> ` before each line between them."""
    lines: list[str] = []
    depth = 0
    for line in text.replace("\xa0", " ").split("\n"):
        opened, closed = line.count(_OPEN), line.count(_CLOSE)
        content = line.replace(_OPEN, "").replace(_CLOSE, "").rstrip()
        level = depth + opened
        if content or not (opened or closed):
            lines.append((">" * level + " " + content.lstrip()).rstrip() if level else content)
        depth = max(0, level - closed)
    return "\n".join(lines)


def _crude(markup: str) -> str:
    text = _TAG.sub("", _BREAK.sub("\n", _HIDDEN.sub("", markup)))
    return html.unescape(text)


def from_text(text: str) -> str:
    """Return `text` as a piece of HTML."""
    return f'<div style="white-space: pre-wrap">{html.escape(text)}</div>'
