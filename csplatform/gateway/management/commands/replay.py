"""Unpacks kept deliveries again."""

from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import QuerySet

from csplatform.gateway import selectors, services
from csplatform.gateway.models import ChannelAccount, DeliveryState, InboundDelivery

# So many are rung for in one transaction.
BATCH = 500


class Command(BaseCommand):
    help = (
        "Unpack kept deliveries again: those in quarantine, or with --all everything that an account was delivered in "
        "a span of time. What was understood before is recognised, and nothing is stored twice. Workers do it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--account", help="id or address of an account; without, the quarantine of every account")
        parser.add_argument("--from", dest="since", metavar="TIME", help="received from then on (2026-03-02T10:00)")
        parser.add_argument("--to", dest="until", metavar="TIME", help="received before then")
        parser.add_argument("--all", action="store_true", help="also what was understood; needs --account and --from")
        parser.add_argument("--dry-run", action="store_true", help="only say what would be unpacked again")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["all"] and not (options["account"] and options["since"]):
            raise CommandError("--all needs --account and --from: say whose deliveries, and since when")
        chosen = _chosen(options)
        found = selectors.kept(chosen)
        for kept in found:
            self.stdout.write(_line(kept))
        if not found:
            self.stdout.write("There is nothing to unpack again.")
        elif options["dry_run"]:
            self.stdout.write("Nothing was changed: this was a dry run.")
        else:
            self._replay(chosen)

    def _replay(self, chosen: QuerySet[InboundDelivery]) -> None:
        ids = list(chosen.order_by("id").values_list("pk", flat=True))
        count = sum(
            services.replay(chosen.filter(pk__in=some).only("pk", "account_id").order_by("id"))
            for some in (ids[first : first + BATCH] for first in range(0, len(ids), BATCH))
        )
        self.stdout.write(f"{count} unpacked again by the workers; what fails comes back to the quarantine.")


def _chosen(options: dict[str, Any]) -> QuerySet[InboundDelivery]:
    states = [DeliveryState.QUARANTINED] + ([DeliveryState.DONE] if options["all"] else [])
    chosen = InboundDelivery.objects.filter(state__in=states)
    if options["account"]:
        chosen = chosen.filter(account=_account(options["account"]))
    if options["since"]:
        chosen = chosen.filter(received_at__gte=_moment(options["since"]))
    if options["until"]:
        chosen = chosen.filter(received_at__lt=_moment(options["until"]))
    return chosen


def _account(word: str) -> ChannelAccount:
    """Return the account with this id or address. Raises CommandError for none, and where it is said of several."""
    found = list(ChannelAccount.objects.filter(address__iexact=word))
    if word.isdecimal() and len(word) < 10:
        found += ChannelAccount.objects.filter(pk=int(word)).exclude(pk__in=[account.pk for account in found])
    if len(found) != 1:
        several = ", ".join(f"{account.pk} ({account.channel}, {account.address})" for account in found)
        raise CommandError(f"{word} may be any of these: {several}" if found else f"there is no account {word}")
    return found[0]


def _moment(text: str) -> datetime:
    """Read a moment; UTC unless it names another offset. Raises CommandError."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise CommandError(f"{text} is no moment such as 2026-03-02T10:00 or 2026-03-02T10:00+08:00") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _line(kept: selectors.Kept) -> str:
    span = " to ".join(f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S}" for moment in (kept.first, kept.last))
    counts = f"{kept.quarantined} in quarantine, {kept.done} understood"
    return f"{kept.account} ({kept.channel}): {counts}, received {span} UTC"
