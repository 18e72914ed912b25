"""The table of what channels can do is written from their abilities, and kept so."""

from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from pytest_django import Settings

from csplatform.gateway import registry, table
from csplatform.gateway.contract import Abilities, Channel, ReceiptState
from tests.loopback import LoopbackChannel


def installed() -> list[type[Channel]]:
    """Return the channels that the settings name; the tests have others of their own."""
    return [channel for channel in registry.all_channels() if not channel.__module__.startswith("tests.")]


def row_of(abilities: Abilities) -> list[str]:
    channel = type("Pigeon", (LoopbackChannel,), {"slug": "pigeon", "label": "Pigeon post", "abilities": abilities})
    (line,) = [line for line in table.page([channel]).splitlines() if line.startswith("| [")]
    return line.strip("| ").split(" | ")


def test_page_is_up_to_date() -> None:
    assert table.path().read_text() == table.page(installed()), "run `manage.py channels_table`"


@pytest.mark.parametrize("channel", installed(), ids=lambda channel: channel.slug)
def test_each_channel_has_a_page_of_its_own(channel: type[Channel]) -> None:
    page = table.path().parent / "channels" / f"{channel.slug}.md"
    assert page.read_text().startswith("# ")


def test_page_of_an_experimental_channel_says_so() -> None:
    experimental = [channel for channel in installed() if "(experimental)" in str(channel.label)]
    assert {"kakao", "weibo"} <= {channel.slug for channel in experimental}
    for channel in experimental:
        heading = (table.path().parent / "channels" / f"{channel.slug}.md").read_text().splitlines()[0]
        assert "experimental" in heading


def test_row_without_special_abilities() -> None:
    plain = ["any length", "1", "–", "–", "–", "always", "–", "–", "–", "–", "–", "–", "–"]
    assert row_of(Abilities()) == ["[Pigeon post](channels/pigeon.md)", *plain]


def test_row_of_abilities() -> None:
    abilities = Abilities(
        max_text=2048,
        measure=lambda text: len(text.encode()),
        attachments_per_message=None,
        max_attachment=2_500_000,
        receipts=frozenset(ReceiptState),
        edits=True,
        deletes=True,
        reply_window=timedelta(hours=48),
        reply_quota=5,
        late_window=timedelta(days=7),
        templates=lambda _account: (),
        private_answer=timedelta(days=7),
        quick_replies=13,
        answering=lambda _account, _person, _message: None,
        deduplicates=True,
    )
    assert row_of(abilities)[1:] == [
        *("2,048 bytes", "any number", "2.5 MB", "delivered, read, failed", "edit, take back", "48 hours, 5 for each"),
        *("a person, 7 days, templates", "once in private, 7 days", "13", "yes", "–", "–", "yes"),
    ]


def test_check_complains_until_the_page_is_written(tmp_path: Path, settings: Settings) -> None:
    settings.BASE_DIR = tmp_path
    (tmp_path / "docs").mkdir()
    with pytest.raises(CommandError, match="run `manage"):
        call_command("channels_table", check=True)
    assert not table.path().exists()
    call_command("channels_table", stdout=StringIO())
    call_command("channels_table", check=True)
    table.path().write_text(table.path().read_text() + "by hand\n")
    with pytest.raises(CommandError, match="not up to date"):
        call_command("channels_table", check=True)
