"""Compares mailboxes with what is stored, and names every difference."""

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from channels_email.reconcile import FolderReport, Report, reconcile
from csplatform.gateway.models import ChannelAccount


class Command(BaseCommand):
    help = "Compare the active e-mail accounts' mailboxes with what is stored. Ends with 1 where they differ."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--account", action="append", help="address of an account; may be given several times")
        parser.add_argument("--json", action="store_true", help="write one JSON document")

    def handle(self, *args: Any, **options: Any) -> None:
        reports = [reconcile(account) for account in self._accounts(options["account"])]
        if options["json"]:
            self.stdout.write(json.dumps([asdict(report) for report in reports], default=str, ensure_ascii=False))
        else:
            for report in reports:
                self.stdout.write("\n".join(_lines(report)))
        if any(report.differs for report in reports):
            sys.exit(1)

    def _accounts(self, addresses: list[str] | None) -> list[ChannelAccount]:
        accounts = ChannelAccount.objects.filter(channel="email", is_active=True).order_by("address")
        if not addresses:
            return list(accounts)
        found = [accounts.filter(address__iexact=address).first() for address in addresses]
        for address, account in zip(addresses, found, strict=True):
            if account is None:
                raise CommandError(f"no active e-mail account has the address {address}")
        return [account for account in found if account is not None]


def _lines(report: Report) -> Iterator[str]:
    yield f"{report.address}: " + ("these differ" if report.differs else "nothing differs")
    for folder in report.folders:
        yield (
            f"  {folder.name}: {folder.on_server} on the server, {folder.stored} of them stored, "
            f"{folder.left} left alone, {folder.coming} on their way"
        )
        yield from _differences(folder)
    for item in report.unfinished:
        place = f", {item.folder} UID {item.uid}" if item.uid else ""
        yield f"  {item.state}: delivery {item.delivery}{place}, received {item.received_at}: {item.reason}"
    yield from _rest(report.unfinished_count, len(report.unfinished))
    for reason in report.trouble:
        yield f"  cannot be compared: {reason}"


def _differences(folder: FolderReport) -> Iterator[str]:
    for mail in folder.missing:
        words = [f"<{mail.message_id}>" if mail.message_id else "no Message-ID", mail.date, mail.sender, mail.subject]
        yield f"  not stored: UID {mail.uid}, " + ", ".join(filter(None, words))
    yield from _rest(folder.missing_count, len(folder.missing))
    for doubled in folder.doubled:
        yield f"  stored twice: UID {doubled.uid}, deliveries {', '.join(map(str, doubled.deliveries))}"


def _rest(count: int, named: int) -> Iterator[str]:
    if count > named:
        yield f"  and {count - named} more"
