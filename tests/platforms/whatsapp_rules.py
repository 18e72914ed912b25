"""What the stand-in for WhatsApp asks of templates, and of answers that are offered."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from tests.platforms.base import Answer, Refused, as_json

# So few on a page, that paging is exercised.
PAGE = 2
_PLACE = re.compile(r"\{\{(\w+)\}\}")


def need(condition: object, what: str) -> None:
    """Refuse a call that lacks something."""
    if not condition:
        raise Refused(400, f"Invalid parameter: {what}", 100)


def approved(templates: Sequence[dict[str, Any]], asked: Mapping[str, str]) -> Answer:
    """Return a page of templates, as they were asked for."""
    need(set(asked) <= {"status", "fields", "limit", "name", "after"}, "known parameters")
    wanted = [
        template
        for template in templates
        if asked.get("name", "") in template["name"] and asked.get("status", template["status"]) == template["status"]
    ]
    start = int(asked.get("after", "0"))
    page: dict[str, Any] = {"data": wanted[start : start + PAGE]}
    if start + PAGE < len(wanted):
        page["paging"] = {"cursors": {"after": str(start + PAGE)}, "next": "https://graph.facebook.com/…"}
    return as_json(page)


def filled(use: Any, templates: Sequence[dict[str, Any]]) -> str:
    """Return what a customer reads of a template's body. Raises Refused as WhatsApp refuses."""
    need(isinstance(use, dict) and set(use) == {"name", "language", "components"}, "template")
    known = [one for one in templates if (one["name"], one["language"]) == (use["name"], use["language"]["code"])]
    if not known:
        raise Refused(404, "template name does not exist in the translation", 132001)
    given = {_part(component): component["parameters"] for component in use["components"]}
    text = ""
    for part, words in _parts(known[0]):
        names = list(dict.fromkeys(_PLACE.findall(words)))
        parameters = given.pop(part, [])
        if len(names) != len(parameters):
            raise Refused(400, f"Number of parameters does not match the expected number of params in {part}", 132000)
        words = _fill(words, names, parameters, is_named=known[0].get("parameter_format") == "NAMED" and part == "body")
        text = words if part == "body" else text
    need(not given, f"only parts that the template has, not {sorted(given)}")
    return text


def offered(interactive: Any) -> str:
    """Return the text above buttons or a list."""
    need(isinstance(interactive, dict) and set(interactive) == {"type", "body", "action"}, "interactive")
    text, action = interactive["body"]["text"], interactive["action"]
    if interactive["type"] == "button":
        need(set(action) == {"buttons"} and 1 <= len(action["buttons"]) <= 3, "one to three buttons")
        titles = [button["reply"]["title"] for button in action["buttons"]]
        need(all(0 < len(title) <= 20 for title in titles) and len(set(titles)) == len(titles), "titles of buttons")
        need(0 < len(text) <= 1024, "body.text of 1 to 1024 characters")
        return str(text)
    need(interactive["type"] == "list" and set(action) == {"button", "sections"}, "a list")
    need(0 < len(action["button"]) <= 20 and len(action["sections"]) == 1, "a word on the button, one section")
    rows = action["sections"][0]["rows"]
    need(1 <= len(rows) <= 10 and len({row["id"] for row in rows}) == len(rows), "one to ten rows with ids")
    need(all(0 < len(row["title"]) <= 24 and len(row["id"]) <= 200 for row in rows), "titles and ids of rows")
    need(all(len(row.get("description", "")) <= 72 for row in rows), "descriptions of rows")
    need(0 < len(text) <= 4096, "body.text of 1 to 4096 characters")
    return str(text)


def _part(component: dict[str, Any]) -> str:
    if component["type"] == "button":
        need(component.get("sub_type") == "url", "sub_type of a button")
        return f"button {component['index']}"
    return str(component["type"])


def _parts(template: dict[str, Any]) -> list[tuple[str, str]]:
    found = []
    for component in template["components"]:
        if component["type"] == "BUTTONS":
            found += [(f"button {index}", button.get("url", "")) for index, button in enumerate(component["buttons"])]
        else:
            found.append((component["type"].lower(), component.get("text", "")))
    return found


def _fill(text: str, names: list[str], parameters: list[dict[str, str]], *, is_named: bool) -> str:
    values = {}
    for name, parameter in zip(sorted(names) if not is_named else names, parameters, strict=True):
        need(parameter.get("type") == "text" and parameter.get("text"), "a parameter with a text")
        need(not re.search(r"[\n\t]| {5}", parameter["text"]), "a parameter without lines and gaps")
        need(("parameter_name" in parameter) == is_named, "parameter_name where the template has names")
        values[parameter.get("parameter_name", name)] = parameter["text"]
    need(set(values) == set(names), "the names of the template")
    return _PLACE.sub(lambda found: values[found[1]], text)
