"""Everything that can be done by keyboard: the one list behind the keys, the sheet that shows them, and the palette.

One entry here is all that a new command needs. Where what it does is on the page already (a button, a link, a menu),
`press` or `menu` says where; else `call` names a function that a script of the desk provides (`commands.js`). A command
applies wherever what it needs is on the page at that moment; nothing else has to be said about where it applies.
docs/desk.md has an example.
"""

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Group(StrEnum):
    """Under which heading a command stands; in this order."""

    CONVERSATIONS = "conversations"
    ANSWER = "answer"
    CONVERSATION = "conversation"
    GO = "go"
    DESK = "desk"


HEADINGS: dict[Group, Promise] = {
    Group.CONVERSATIONS: _("Conversations"),
    Group.ANSWER: _("Answering"),
    Group.CONVERSATION: _("This conversation"),
    Group.GO: _("Go to"),
    Group.DESK: _("The desk"),
}


@dataclass(frozen=True, slots=True)
class Does:
    """What a command does. `kind` is press, menu, select, call or nothing; docs/desk.md tells them apart."""

    kind: str
    what: str = ""
    only: str = ""


def press(selector: str) -> Does:
    """Click the first visible element that fits: a button or a link that the page has anyway."""
    return Does("press", selector)


def menu(selector: str, only: str = "") -> Does:
    """Let the reader choose among the buttons and links of a menu, or those of them that fit `only`."""
    return Does("menu", selector, only)


def either(name: str, only: str = "") -> Does:
    """Let the reader choose in a menu of the list's chosen conversations or, with none chosen, of the open one."""
    return menu(f'[data-menu="bulk-{name}"], [data-menu="{name}"]', only)


def select(selector: str) -> Does:
    """Let the reader choose among the options of a select field, whose form is then submitted."""
    return Does("select", selector)


def call(name: str) -> Does:
    """Call the function that a script provided under this name."""
    return Does("call", name)


# What a text field or the browser does by itself; the sheet of keys shows it.
ELSEWHERE = Does("nothing")


@dataclass(frozen=True, slots=True)
class Command:
    """One thing that can be done.

    `keys` are alternatives, each a key or two keys one after the other ("g m"). Letters are small; "shift+" and "mod+"
    (Ctrl, or Command on a Mac) may stand before one. Keys without "mod+" never act while somebody types.
    """

    name: str
    label: str | Promise
    group: Group
    does: Does
    keys: tuple[str, ...] = ()


COMMANDS: tuple[Command, ...] = (
    Command("next", _("Next conversation"), Group.CONVERSATIONS, call("next"), ("j", "arrowdown")),
    Command("previous", _("Previous conversation"), Group.CONVERSATIONS, call("previous"), ("k", "arrowup")),
    Command("open", _("Open the conversation"), Group.CONVERSATIONS, ELSEWHERE, ("enter",)),
    Command("open-next", _("Open the next conversation"), Group.CONVERSATIONS, call("open-next"), ("shift+j",)),
    Command("open-last", _("Open the previous conversation"), Group.CONVERSATIONS, call("open-previous"), ("shift+k",)),
    Command("pick", _("Choose the conversation, or not"), Group.CONVERSATIONS, call("pick"), ("x",)),
    Command("pick-range", _("Choose all from the last one"), Group.CONVERSATIONS, call("pick-range"), ("shift+x",)),
    Command("pick-all", _("Choose all that are shown, or none"), Group.CONVERSATIONS, call("pick-all"), ("*",)),
    Command("changes", _("Show what changed in the list"), Group.CONVERSATIONS, press("#rows-pill"), ("g n",)),
    Command("undo", _("Undo what was done with many"), Group.CONVERSATIONS, press("[data-bulk-undo]"), ("shift+z",)),
    Command("search", _("Search"), Group.CONVERSATIONS, call("search"), ("/",)),
    Command("sort", _("Change the order of the list…"), Group.CONVERSATIONS, menu('[data-menu="sort"]')),
    Command("filter", _("Filter the list…"), Group.CONVERSATIONS, press("#open-filters"), ("f",)),
    Command("save-view", _("Save the filters as a view…"), Group.CONVERSATIONS, press("#save-view")),
    Command("saved-views", _("Arrange the saved views…"), Group.CONVERSATIONS, press("#arrange-views")),
    Command("reply", _("Reply"), Group.ANSWER, call("reply"), ("r",)),
    Command("note", _("Write a note"), Group.ANSWER, call("note"), ("n",)),
    Command("send", _("Send"), Group.ANSWER, ELSEWHERE, ("mod+enter",)),
    Command("canned", _("Canned replies, in a reply"), Group.ANSWER, press("[data-open-canned]")),
    Command("attach", _("Attach files"), Group.ANSWER, press("#files")),
    Command("take", _("Assign to me"), Group.CONVERSATION, call("take"), ("a",)),
    Command("assign", _("Assign or hand over to…"), Group.CONVERSATION, either("assign"), ("shift+a",)),
    Command("snooze", _("Snooze until…"), Group.CONVERSATION, either("snooze"), ("z",)),
    Command("tag", _("Tag with…"), Group.CONVERSATION, either("tags"), ("t",)),
    Command("priority", _("Set the priority…"), Group.CONVERSATION, either("more", ".segment"), ("p",)),
    Command("more", _("More actions…"), Group.CONVERSATION, either("more", ".item"), (".",)),
    Command("resolve", _("Resolve"), Group.CONVERSATION, press("#bulk-resolve, #resolve"), ("e",)),
    Command("reopen", _("Reopen"), Group.CONVERSATION, press("#reopen"), ("shift+e",)),
    Command("contact", _("Show or hide the contact"), Group.CONVERSATION, press("[data-show-contact]"), ("c",)),
    Command("edit-contact", _("Edit the contact"), Group.CONVERSATION, press('#contact a[href*="/contact/edit/"]')),
    Command("end", _("To the newest message"), Group.CONVERSATION, call("end"), ("g e",)),
    Command("list", _("Back to the list"), Group.GO, call("list"), ("u",)),
    Command("mine", _("My conversations"), Group.GO, press("#view-mine > a"), ("g m",)),
    Command("unassigned", _("Unassigned conversations"), Group.GO, press("#view-unassigned > a"), ("g u",)),
    Command("inbox", _("All open conversations"), Group.GO, press("#view-open > a"), ("g i",)),
    Command("administration", _("Administration"), Group.GO, press('.account a[href="/admin/"]')),
    Command("palette", _("Command palette"), Group.DESK, call("palette"), ("mod+k",)),
    Command("keys", _("Keyboard shortcuts"), Group.DESK, call("keys"), ("?",)),
    Command("close", _("Close, or leave the text field"), Group.DESK, ELSEWHERE, ("escape",)),
    Command("single-keys", _("Switch single-key shortcuts on or off"), Group.DESK, call("single-keys")),
    Command("light", _("Appearance: light"), Group.DESK, press('[data-theme-choice="light"]')),
    Command("dark", _("Appearance: dark"), Group.DESK, press('[data-theme-choice="dark"]')),
    Command("auto", _("Appearance: as the system"), Group.DESK, press('[data-theme-choice="auto"]')),
    Command("language", _("Change the language…"), Group.DESK, select("#language-choice")),
    Command("sound", _("Sound for new messages: on or off"), Group.DESK, press("#sound")),
    Command("log-out", _("Log out"), Group.DESK, press('form[action$="/logout/"] button')),
)  # fmt: skip
# What each key is called on the sheet, where that is not its own letter.
_CAPS: dict[str, str | Promise] = {
    "arrowdown": "↓",
    "arrowup": "↑",
    "enter": pgettext_lazy("key", "Enter"),
    "escape": pgettext_lazy("key", "Esc"),
    "shift": pgettext_lazy("key", "Shift"),
    "mod": pgettext_lazy("key", "Ctrl"),
}


def caps(keys: str) -> list[str]:
    """Return what is printed on the keys of one alternative: "shift+e" is Shift and E, "g m" G and M."""
    return [str(_CAPS.get(cap, cap.upper())) for stroke in keys.split() for cap in stroke.split("+")]


@cache
def as_data(language: str) -> list[dict[str, Any]]:
    """Return the commands for the page's scripts, in a language.

    `also` is the English name: whoever knows that finds the command in every language.
    """
    with translation.override("en"):
        english = [str(command.label) for command in COMMANDS]
    with translation.override(language):
        return [_datum(command, also) for command, also in zip(COMMANDS, english, strict=True)]


def _datum(command: Command, also: str) -> dict[str, Any]:
    return {
        "name": command.name,
        "label": str(command.label),
        "also": also,
        "group": str(HEADINGS[command.group]),
        "keys": command.keys,
        "caps": [caps(keys) for keys in command.keys],
        "kind": command.does.kind,
        "what": command.does.what,
        "only": command.does.only,
    }


def by_group() -> list[tuple[str, list[tuple[str, list[list[str]]]]]]:
    """Return the commands that have keys, by heading: each a label and what is printed on its keys."""
    sheet: dict[Group, list[tuple[str, list[list[str]]]]] = {group: [] for group in Group}
    for command in COMMANDS:
        if command.keys:
            sheet[command.group].append((str(command.label), [caps(keys) for keys in command.keys]))
    return [(str(HEADINGS[group]), rows) for group, rows in sheet.items() if rows]
