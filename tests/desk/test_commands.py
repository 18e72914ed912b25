"""The list of commands: every key means one thing, and every command is shown."""

import json
import re
from collections import Counter

import pytest
from django.test import Client
from django.utils import translation

from csplatform.desk.commands import COMMANDS, as_data, by_group, caps
from tests.desk.conftest import text_of


def test_no_key_means_two_things_and_no_name_comes_twice() -> None:
    keys = Counter(keys for command in COMMANDS for keys in command.keys)
    names = Counter(command.name for command in COMMANDS)
    assert [key for key, times in (keys + names).items() if times > 1] == []


def test_no_single_key_hides_the_beginning_of_two() -> None:
    singles = {keys for command in COMMANDS for keys in command.keys if " " not in keys}
    firsts = {keys.split()[0] for command in COMMANDS for keys in command.keys if " " in keys}
    assert singles & firsts == set()


def test_caps_say_what_is_printed_on_the_keys() -> None:
    assert caps("shift+e") == ["Shift", "E"]
    assert caps("g m") == ["G", "M"]
    assert caps("mod+k") == ["Ctrl", "K"]
    assert caps("?") == ["?"]


def test_commands_keep_their_english_name_in_every_language() -> None:
    english = {one["name"]: one["label"] for one in as_data("en")}
    assert {one["name"]: one["also"] for one in as_data("ja")} == english
    with translation.override("ar"):
        assert {one["name"]: one["also"] for one in as_data("ar")} == english


def test_the_sheet_shows_every_command_with_keys() -> None:
    shown = [label for _heading, rows in by_group() for label, _alternatives in rows]
    assert sorted(shown) == sorted(str(command.label) for command in COMMANDS if command.keys)


@pytest.mark.django_db
def test_the_page_brings_the_commands_for_its_scripts(desk: Client) -> None:
    page = text_of(desk.get("/inbox/"))
    listed = json.loads(re.findall(r'<script id="commands"[^>]*>(.*?)</script>', page, re.DOTALL)[0])
    assert [one["name"] for one in listed] == [command.name for command in COMMANDS]
