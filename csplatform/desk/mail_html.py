"""Customers' HTML made harmless: cleaned here, locked up in a sandboxed frame by `views/mail.py`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import nh3

_TAGS = set(nh3.ALLOWED_TAGS) | {"font", "center", "section", "article", "header", "footer", "main", "figure"}
_DROPPED = {"script", "style", "title", "iframe", "object", "embed", "noscript", "template", "svg", "math"}
_ATTRIBUTES: dict[str, set[str]] = {
    "*": {"align", "valign", "bgcolor", "color", "dir", "lang", "style", "title", "width", "height"},
    "a": {"href", "name"},
    "img": {"src", "alt", "border"},
    "table": {"border", "cellpadding", "cellspacing", "summary"},
    "td": {"colspan", "rowspan", "nowrap"},
    "th": {"colspan", "rowspan", "scope"},
    "font": {"face", "size"},
    "ol": {"start", "type"},
    "col": {"span"},
    "colgroup": {"span"},
}
# Nothing that loads an address, leaves its place, or hides what the reader should see moved.
_STYLES = {
    *("background-color", "color", "direction", "display", "font", "font-family", "font-size", "font-style"),
    *("font-weight", "height", "letter-spacing", "line-height", "list-style-type", "max-width", "min-width"),
    *("text-align", "text-decoration", "text-indent", "text-transform", "unicode-bidi", "vertical-align"),
    *("white-space", "width", "word-break", "border-collapse", "border-spacing"),
    *(f"{box}{side}" for box in ("margin", "padding", "border") for side in ("", "-top", "-right", "-bottom", "-left")),
    *("border-color", "border-radius", "border-style", "border-width"),
}
_REMOTE = re.compile(r"\s*(?:https?:)?//", re.IGNORECASE)
_CID = re.compile(r"\s*cid:(.+?)\s*$", re.IGNORECASE | re.DOTALL)
_LINK = re.compile(r"\s*(?:https?://|mailto:|tel:)", re.IGNORECASE)
_DATA_IMAGE = re.compile(r"\s*data:image/(?:png|jpe?g|gif|webp);base64,", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class CleanHtml:
    """A fragment that runs nothing; `blocked` counts the remote pictures that were left out."""

    html: str
    blocked: int


def clean(html: str, inline: Mapping[str, str], *, remote_images: bool) -> CleanHtml:
    """Return `html` without anything that acts or calls home.

    `inline` maps Content-IDs to addresses of ours. Remote pictures are kept only if `remote_images`.
    """
    blocked = 0

    def allow(tag: str, attribute: str, value: str) -> str | None:
        nonlocal blocked
        if tag == "img" and attribute == "src":
            if _REMOTE.match(value) and not remote_images:
                blocked += 1
                return None
            return _picture(value, inline)
        if attribute == "href":
            return value if _LINK.match(value) else None
        return value

    cleaned = nh3.clean(
        html,
        tags=_TAGS,
        clean_content_tags=_DROPPED,
        attributes=_ATTRIBUTES,
        attribute_filter=allow,
        filter_style_properties=_STYLES,
        set_tag_attribute_values={
            "a": {"target": "_blank"},
            "img": {"loading": "lazy", "referrerpolicy": "no-referrer"},
        },
        link_rel="noopener noreferrer nofollow",
        url_schemes={"http", "https", "mailto", "tel", "cid", "data"},
    )
    return CleanHtml(cleaned, blocked)


def _picture(src: str, inline: Mapping[str, str]) -> str | None:
    cid = _CID.match(src)
    if cid:
        return inline.get(cid[1])
    return src if _REMOTE.match(src) or _DATA_IMAGE.match(src) else None
