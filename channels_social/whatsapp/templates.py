"""Texts that WhatsApp has approved, for when a free answer is not allowed any more.

Left out are those with a picture, a film or a file above the text, and those with buttons that do more than answer,
open a page or call: nobody here could fill them in.
Source: developers.facebook.com/documentation/business-messaging/whatsapp/templates/overview.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_noop

from channels_social import calling
from channels_social.reading import Node
from channels_social.whatsapp.client import graph
from csplatform.gateway.contract import AccountConfig, Template, TemplateUse
from csplatform.gateway.errors import SendFailed, SendUnavailable, Unreadable

NO_BUSINESS = gettext_noop(
    "Enter the id of the WhatsApp Business Account, so that WhatsApp can be asked for templates."
)
UNKNOWN = gettext_noop("WhatsApp does not know this template in this language, or does not allow it any more.")
MOST_PAGES = 20
_BUTTONS = frozenset({"QUICK_REPLY", "URL", "PHONE_NUMBER"})
_PLACE = re.compile(r"\{\{\s*(\w+)\s*\}\}")


@dataclass(frozen=True, slots=True)
class Place:
    """A place to be filled: `part` is header, body or the number of a button, `shown` how it stands in our text."""

    part: str
    name: str
    shown: str


@dataclass(frozen=True, slots=True)
class Layout:
    """One template, put into lines; `places` are in the order in which they are filled."""

    name: str
    language: str
    text: str
    places: tuple[Place, ...]
    is_named: bool

    @property
    def template(self) -> Template:
        """Return it as the core knows templates."""
        return Template(self.name, self.language, self.text, tuple(place.shown for place in self.places))


def ask(account: AccountConfig) -> Sequence[Template]:
    """Return the templates that are approved and can be filled in here. Raises SendFailed, SendUnavailable."""
    return [layout.template for layout in _layouts(account)]


def content_with(account: AccountConfig, use: TemplateUse) -> dict[str, Any]:
    """Return the message that fills a template in, which is looked up for its layout. Raises SendFailed."""
    for layout in _layouts(account, name=use.name):
        if (layout.name, layout.language) == (use.name, use.language) and len(layout.places) == len(use.values):
            return {"type": "template", "template": _filled(layout, use.values)}
    raise SendFailed(UNKNOWN)


def _filled(layout: Layout, values: Sequence[str]) -> dict[str, Any]:
    parts: dict[str, list[dict[str, str]]] = {}
    for place, value in zip(layout.places, values, strict=True):
        # Lines and wide gaps within a value are refused.
        parameter = {"type": "text", "text": " ".join(value.split())}
        if layout.is_named and not place.part.isdigit():
            parameter["parameter_name"] = place.name
        parts.setdefault(place.part, []).append(parameter)
    components = [_component(part, parameters) for part, parameters in parts.items()]
    return {"name": layout.name, "language": {"code": layout.language}, "components": components}


def _component(part: str, parameters: list[dict[str, str]]) -> dict[str, Any]:
    if part.isdigit():
        return {"type": "button", "sub_type": "url", "index": part, "parameters": parameters}
    return {"type": part, "parameters": parameters}


def _layouts(account: AccountConfig, **about: str) -> list[Layout]:
    try:
        found = [_layout(entry) for entry in _entries(account, about)]
    except Unreadable:
        raise SendUnavailable(calling.BROKEN_OFF) from None
    return [layout for layout in found if layout is not None]


def _entries(account: AccountConfig, about: dict[str, str]) -> Iterator[Node]:
    """Yield the approved templates of all pages."""
    business = account.settings.get("business_account")
    if not business:
        raise SendFailed(NO_BUSINESS)
    asked = {"status": "APPROVED", "fields": "name,language,status,parameter_format,components", "limit": "100"} | about
    for _page in range(MOST_PAGES):
        page = graph(account).ask(f"{business}/message_templates", **asked)
        yield from (entry for entry in page.children("data") if entry.text("status") == "APPROVED")
        paging = page.optional_child("paging")
        if paging is None or not paging.has("next"):
            return
        asked["after"] = paging.child("cursors").text("after")


def _layout(entry: Node) -> Layout | None:
    lines: list[str] = []
    places: list[Place] = []
    for component in entry.children("components"):
        kind = component.text("type").lower()
        if kind == "buttons":
            read = _read_buttons(component)
        elif kind in {"body", "footer"} or (kind == "header" and component.optional_text("format") == "TEXT"):
            read = _read(kind, component.text("text"))
        else:
            return None
        if read is None:
            return None
        lines.append(read[0])
        places += read[1]
    is_named = entry.optional_text("parameter_format") == "NAMED"
    return Layout(entry.text("name"), entry.text("language"), "\n\n".join(lines), tuple(places), is_named)


def _read(part: str, text: str) -> tuple[str, list[Place]]:
    """Return a part's words and places. A place elsewhere than in the body is shown with the part's name."""
    names = list(dict.fromkeys(_PLACE.findall(text)))
    if all(name.isdigit() for name in names):
        names.sort(key=int)

    def shown(name: str) -> str:
        return f"{{{{{name}}}}}" if part == "body" else f"{{{{{part}.{name}}}}}"

    return _PLACE.sub(lambda found: shown(found[1]), text), [Place(part, name, shown(name)) for name in names]


def _read_buttons(component: Node) -> tuple[str, list[Place]] | None:
    lines: list[str] = []
    places: list[Place] = []
    for index, button in enumerate(component.children("buttons")):
        if button.text("type") not in _BUTTONS:
            return None
        target, found = _read(str(index), button.optional_text("url") or button.optional_text("phone_number"))
        lines.append(f"[{button.text('text')}] {target}".strip())
        places += found
    return "\n".join(lines), places
