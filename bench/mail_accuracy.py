"""How well mail is understood, measured on mails of others with known answers, as a Markdown table.

    python -m bench.mail_accuracy                   # every measure
    python -m bench.mail_accuracy bounces ham

A measure is a function that yields rows; add it to MEASURES. The tests assert what the rows promise (`Row.least`).
"""

import argparse
import json
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from email.utils import getaddresses
from pathlib import Path
from typing import Any

import django

from bench import mail_reading

CORPORA = Path(__file__).resolve().parents[2] / "shared" / "corpora"
ADDRESS = re.compile(r"[^\s<>()\[\],;:\"'|]+@[\w.-]+\w")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: how many were `right` of how many; `least` is the share that is promised."""

    name: str
    right: int
    total: int
    least: float
    wrong: tuple[str, ...] = ()

    @property
    def share(self) -> float:
        """The share of right ones."""
        return self.right / self.total if self.total else 0.0


def bounces() -> Iterator[Row]:
    """Failures of many servers: found as such, the recipients, hard or soft, the reason group."""
    from channels_email.automatic import Kind
    from channels_email.bounces import Failure

    expected = [json.loads(line) for line in (CORPORA / "bounces" / "expected.jsonl").read_text("utf-8").splitlines()]
    wrong: dict[str, list[str]] = {
        name: [] for name in ("found", "recipient", "hard", "group", "complaint", "vacation")
    }
    totals: Counter[str] = Counter()
    for mail in expected:
        reasons = Counter(each["reason"] for each in mail["expected"])
        path = CORPORA / "bounces" / mail["file"]
        origin = origin_of(path)
        special = {"feedback": Kind.COMPLAINT, "vacation": Kind.AUTO_REPLY}.get(mail["expected"][0]["reason"])
        if special:
            name = "complaint" if special is Kind.COMPLAINT else "vacation"
            totals[name] += 1
            wrong[name] += [path.name] if origin.kind is not special else []
            continue
        told = origin.report
        found: list[Failure] = [*told.failures, *told.delays, *told.delivered]
        groups = Counter("delivered" if each in told.delivered else str(each.group) for each in found)
        named = {each.recipient.lower() for each in found}
        judged = {
            "found": origin.kind in {Kind.BOUNCE, Kind.DELAY, Kind.DELIVERED},
            "recipient": len(found) == len(mail["expected"]) and bool(named) and named <= possible_recipients(path),
            "hard": Counter(each.permanent for each in found)
            == Counter(each["hardbounce"] for each in mail["expected"]),
            "group": groups == reasons,
        }
        for name, right in judged.items():
            totals[name] += 1
            wrong[name] += [] if right else [path.name]
    least = {"found": 0.98, "recipient": 0.95, "hard": 0.93, "group": 0.9, "complaint": 0.98, "vacation": 0.98}
    labels = {
        "found": "bounces found",
        "hard": "hard or soft",
        "group": "reason group",
        "complaint": "complaints found",
    }
    labels |= {"vacation": "vacation notices found", "recipient": "recipients"}
    for name, names in wrong.items():
        yield Row(labels[name], totals[name] - len(names), totals[name], least[name], tuple(names))


def ham() -> Iterator[Row]:
    """Ordinary mails, many from lists, none of which a machine wrote."""
    paths = sorted((CORPORA / "ham").glob("*.txt"))
    wrong = tuple(path.name for path in paths if origin_of(path).automatic)
    yield Row("ordinary mail left alone", len(paths) - len(wrong), len(paths), 0.995, wrong)


def replies() -> Iterator[Row]:
    """What the person wrote, apart from quotes and signatures."""
    return (Row(*measured) for measured in mail_reading.replies(CORPORA))


def mime() -> Iterator[Row]:
    """Odd and broken mails: text and attachments."""
    return (Row(*measured) for measured in mail_reading.mime(CORPORA))


MEASURES: dict[str, Callable[[], Iterator[Row]]] = {"bounces": bounces, "ham": ham, "replies": replies, "mime": mime}


def origin_of(path: Path) -> Any:
    """Return who wrote the mail in the file, as the channel sees it."""
    from channels_email.automatic import origin
    from channels_email.channel import sender_of
    from channels_email.mime import parse

    root = parse(path.read_bytes())
    return origin(root, sender=sender_of(root.headers, {}).external_id, envelope_from=None)


def possible_recipients(path: Path) -> set[str]:
    """Return whom a report can be about, found without our own reader: whoever a field or the text names."""
    mail = message_from_bytes(path.read_bytes())
    text = path.read_text("utf-8", "replace").replace("=\n", "")
    body = text.partition("\n\n")[2]
    fields = re.findall(r"(?im)^\s*(?:final|original|x-actual|x-failed)-recipients?:(.*)", text)
    written = re.findall(r"(?im)^(?:to|cc):(.*(?:\n[ \t].*)*)", body) + re.findall(
        r"(?i)\bfor\s+<?([^\s<>;]+@[^\s<>;]+)", body
    )
    named = {found.lower() for value in [*fields, *written] for found in ADDRESS.findall(value)}
    own = {address.lower() for _, address in getaddresses([str(mail.get(name, "")) for name in ("from", "to")])}
    return named | ({found.lower() for found in ADDRESS.findall(readable(mail) + body)} - own)


def readable(mail: Message) -> str:
    """Return all text in the mail with its transfer encoding undone."""
    leaves = [part for part in mail.walk() if not part.is_multipart()]
    return "\n".join((part.get_payload(decode=True) or b"").decode("utf-8", "replace") for part in leaves)  # type: ignore[union-attr]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("measure", nargs="*", choices=[[], *MEASURES], help="only these")
    parser.add_argument("--wrong", action="store_true", help="name the files that were misread")
    chosen = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "csplatform.settings.test")
    django.setup()
    print("| measure | right | of | share | promised |\n|---|---|---|---|---|")
    for name in chosen.measure or MEASURES:
        for row in MEASURES[name]():
            print(f"| {row.name} | {row.right} | {row.total} | {row.share:.1%} | {row.least:.1%} |")
            if chosen.wrong and row.wrong:
                print("\n".join(f"|   {each} |" for each in row.wrong))


if __name__ == "__main__":
    main()
