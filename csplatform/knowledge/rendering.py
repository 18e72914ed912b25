"""Markdown into HTML that runs nothing and loads nothing."""

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

_READER = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable("table")
# A page that shows an article gives it its title: the article's own headings stand below.
_TITLE_LEVEL = 2
_TAGS = {
    *("p", "br", "strong", "em", "code", "pre", "blockquote", "hr", "ul", "ol", "li", "a", "h3", "h4", "h5", "h6"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}


def to_html(markdown: str) -> str:
    """Return `markdown` as HTML: headings from level three on, links that open elsewhere, no pictures.

    Mark-up inside it is text; only web addresses, mail addresses and telephone numbers are linked.
    """
    tokens = _READER.parse(markdown)
    for token in tokens:
        _lower(token)
    return nh3.clean(
        _READER.renderer.render(tokens, _READER.options, {}),
        tags=_TAGS,
        attributes={"a": {"href"}, "ol": {"start"}},
        set_tag_attribute_values={"a": {"target": "_blank"}},
        link_rel="noopener noreferrer",
        url_schemes={"http", "https", "mailto", "tel"},
    )


def _lower(token: Token) -> None:
    if token.type in {"heading_open", "heading_close"}:
        token.tag = f"h{min(6, int(token.tag[1:]) + _TITLE_LEVEL)}"
