"""What every channel can do, as the table of docs/channels.md: written from the channels' abilities, never by hand."""

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.utils.translation import override

from csplatform.gateway.contract import Abilities, Channel, ReceiptState

HEAD = """# Channels

What each channel can do. `manage.py channels_table` writes this page from the channels' abilities.
It is not edited by hand.
Each name leads to how the channel is set up, and to what it leaves out.

"""
COLUMNS = (
    "channel",
    "text of one message",
    "files with it",
    "largest file",
    "reports beyond accepted",
    "customers' changes",
    "free answers",
    "afterwards",
    "said in public",
    "buttons",
    "typing shown",
    "marked as read",
    "asked for names",
    "knows repeats",
)
FOOT = """
- **text**: a longer one is cut between words and goes out as several messages, in order.
- **files with it**: 1 means that each file is a message of its own.
- **largest file**: – where the channel has no limit of its own; `MAX_ATTACHMENT_BYTES` always holds.
- **customers' changes**: what the platform tells when customers edit, or take back, what they wrote.
- **free answers**: how long after a customer's message, and how many for each; the desk shows what is left.
- **afterwards**: what may still be sent then: a person's answer, until so long after the message, or templates.
- **said in public**: comments are conversations too; how long their author may be answered in private without having
  written there.
- **knows repeats**: the platform recognises a message that it was handed before, so one whose outcome stayed open is
  sent again. Elsewhere it is shown to a person.
- **experimental**: written from documents alone, and never tried with a live account.
"""
YES, NO = "yes", "–"


def path() -> Path:
    """Return where the table is kept."""
    return Path(settings.BASE_DIR) / "docs" / "channels.md"


def page(channels: Iterable[type[Channel]]) -> str:
    """Return the page about `channels`, in English, ordered by the names that people see."""
    with override("en"):
        rows = sorted((_row(channel) for channel in channels), key=lambda row: row[0].lower())
    lines = [COLUMNS, ("---",) * len(COLUMNS), *rows]
    return HEAD + "".join(f"| {' | '.join(line)} |\n" for line in lines) + FOOT


def _row(channel: type[Channel]) -> tuple[str, ...]:
    can = channel.abilities
    told = [state for state in ReceiptState if state in can.receipts and state != ReceiptState.ACCEPTED]
    changes = [word for word, does in (("edit", can.edits), ("take back", can.deletes)) if does]
    return (
        f"[{channel.label}](channels/{channel.slug}.md)",
        _text(can),
        "any number" if can.attachments_per_message is None else str(can.attachments_per_message),
        f"{round(can.max_attachment / 1_000_000, 1):,g} MB" if can.max_attachment else NO,
        ", ".join(told) or NO,
        ", ".join(changes) or NO,
        _free(can),
        _afterwards(can),
        f"once in private, {_span(can.private_answer)}" if can.private_answer else NO,
        str(can.quick_replies or NO),
        YES if can.typing or can.answering else NO,
        YES if can.mark_read else NO,
        YES if can.profile else NO,
        YES if can.deduplicates else NO,
    )


def _text(can: Abilities) -> str:
    return "any length" if can.max_text is None else f"{can.max_text:,} {_unit(can)}"


def _unit(can: Abilities) -> str:
    """Name what `measure` counts, by what it makes of a rare character: four bytes, two units, or one character."""
    return {4: "bytes", 2: "UTF-16 units"}.get(can.measure("𠮷"), "characters")


def _free(can: Abilities) -> str:
    if can.reply_window is None:
        return "always"
    number = f", {can.reply_quota} for each" if can.reply_quota else ""
    return _span(can.reply_window) + number


def _afterwards(can: Abilities) -> str:
    ways = [f"a person, {_span(can.late_window)}"] if can.late_window else []
    return ", ".join(ways + (["templates"] if can.templates else [])) or NO


def _span(span: timedelta) -> str:
    hours = int(span.total_seconds()) // 3600
    return f"{hours // 24} days" if hours > 48 else f"{hours} hours"
