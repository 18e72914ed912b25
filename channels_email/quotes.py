"""What stands below an answer: the signature, and the history that it answers. Pure.

In plain text the history comes first and the signature last: whatever follows its delimiter “-- ” belongs to it
(RFC 3676 4.3). In HTML the signature stands right below the answer, where people look for it.
"""

from datetime import UTC, datetime
from html import escape

import nh3
from django.conf import settings
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from channels_email.headers import one_line
from channels_email.html import from_text
from csplatform.common.languages import best_match
from csplatform.gateway.contract import OutboundMessage, QuotedMessage

# Characters of one quoted message; who wants more has the mail itself.
LONGEST_QUOTE = 20_000
# An HTML of more than this is quoted by its text.
LONGEST_HTML = 200_000
# Nothing that acts, and no pictures: those of the mail do not come along, those of a server say who reads them.
_TAGS = nh3.ALLOWED_TAGS - {"img", "map", "area"}
_DROPPED = {"script", "style", "title", "noscript", "template", "svg", "math", "iframe", "object"}
_QUOTE_STYLE = "margin:0 0 0 .8ex;border-left:1px solid #ccc;padding-left:1ex"


def text_with_history(text: str, message: OutboundMessage) -> str:
    """Return `text` with what `message` wants below it, as plain text."""
    parts = [text.rstrip("\n")]
    parts += [f"{_attribution(quoted, message.language)}\n{_quote(quoted.text)}" for quoted in message.quoted]
    if message.signature.strip():
        parts.append("-- \n" + message.signature.strip("\n"))
    return "\n\n".join(parts) if len(parts) > 1 else text


def html_with_history(html: str, message: OutboundMessage) -> str:
    """Return `html` with what `message` wants below it; inside its body where it is a whole document."""
    below = _signature(message.signature) if message.signature.strip() else ""
    below += "".join(_blockquote(quoted, message.language) for quoted in message.quoted)
    end = html.lower().rfind("</body")
    return html[:end] + below + html[end:] if end >= 0 else html + below


def _attribution(message: QuotedMessage, language: str) -> str:
    """Return the line above a quotation, in the reader's language."""
    with translation.override(best_match(language, dict(settings.LANGUAGES), settings.LANGUAGE_CODE)):
        said = _("On %(date)s, %(author)s wrote:")
        return said % {"date": _moment(message.sent_at), "author": one_line(message.author)}


def _moment(moment: datetime) -> str:
    """Return a moment as its readers write it; nobody knows their zone, so it is named."""
    return f"{date_format(moment.astimezone(UTC), 'DATETIME_FORMAT')} (UTC)"


def _quote(text: str) -> str:
    lines = text.strip("\n")[:LONGEST_QUOTE].split("\n")
    return "\n".join(f">{line}" if line.startswith(">") else f"> {line}".rstrip() for line in lines)


def _signature(signature: str) -> str:
    lines = "<br>".join(map(escape, signature.strip("\n").split("\n")))
    return f'<div dir="auto" style="margin-top:1em">-- <br>{lines}</div>'


def _blockquote(message: QuotedMessage, language: str) -> str:
    said = f'<div dir="auto" style="margin-top:1em">{escape(_attribution(message, language))}</div>'
    return f'{said}<blockquote type="cite" style="{_QUOTE_STYLE}">{_quoted_html(message)}</blockquote>'


def _quoted_html(message: QuotedMessage) -> str:
    if not message.html.strip() or len(message.html) > LONGEST_HTML:
        return from_text(message.text.strip("\n")[:LONGEST_QUOTE])
    return nh3.clean(
        message.html, tags=_TAGS, clean_content_tags=_DROPPED, url_schemes={"http", "https", "mailto", "tel"}
    )
