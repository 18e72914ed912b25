"""How fast mail is taken in, from the SMTP connection to the received conversation with its clocks.

    python -m bench.mail_intake             # the table of docs/performance.md
    python -m bench.mail_intake --quick     # fewer mails, no large database

The floor is taken first, in the same run: the standard library parses the same mails (compat32 policy, every header
and body decoded) and commits one row for each. Then real programs work: the SMTP door and Celery workers, one and
two, on an empty database and on one that holds many conversations. Every mail must have become one message, and
every conversation that a person opened must have its clocks, or nothing is printed.
"""

import argparse
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from bench.intake_floor import floor
from bench.intake_stack import databases, mail_door, processor_seconds, workers
from bench.mails import source, unique_mails
from bench.multiply import multiply
from bench.smtp_load import send_all
from csplatform.embedded.server import LocalServer

CONNECTIONS = 16
ACCOUNTS = [f"inbox{number}@shop.example" for number in range(4)]
PATIENCE = 600  # seconds


@dataclass(frozen=True)
class Result:
    """One row of the table; CPU in milliseconds a mail."""

    label: str
    rate: float
    stored: float
    door: float
    workers: float
    database: float

    def __str__(self) -> str:
        cells = [self.rate, self.stored, self.door, self.workers, self.database]
        total = self.door + self.workers + self.database
        return " | ".join([self.label, *(f"{cell:.2f}" if cell < 50 else f"{cell:.0f}" for cell in [*cells, total])])


class Bench:
    """The rounds of one run. Each sends other mails."""

    def __init__(self, servers: Sequence[LocalServer], directory: Path) -> None:
        self._servers = servers
        self._directory = directory
        self._round = 0

    def floor(self, number: int) -> float:
        """Print the floor; return it as mails a second."""
        parsing, all_of_it = floor(self._servers[0].url, self._mails(number))
        print(f"| floor: parsing alone | {number / parsing:.0f} |")
        print(f"| floor: parsing and one committed insert each | {number / all_of_it:.0f} |", flush=True)
        return number / all_of_it

    def run(self, label: str, number: int, processes: int) -> Result:
        """Send `number` mails to the door with so many workers' processes behind it."""
        mails = self._mails(number)
        before = _received()
        with ExitStack() as stack:
            door = stack.enter_context(mail_door(self._directory))
            worker = stack.enter_context(workers(self._directory, processes))
            port = int(door.heard(r"ready: SMTP on \S+ port (\d+)")[1])
            worker.heard(r"ready\.")
            self._warm_up(port)
            watched = [door.pid, worker.pid, _pid(self._servers[0])]
            used = [processor_seconds(pid) for pid in watched]
            started = time.perf_counter()
            sent = send_all(port, iter(mails), ACCOUNTS, CONNECTIONS)
            stored = time.perf_counter() - started
            _wait_until_unpacked()
            seconds = time.perf_counter() - started
            cpu = [(processor_seconds(pid) - was) * 1000 / sent for pid, was in zip(watched, used, strict=True)]
        _check(_received() - before, number)
        return Result(label, number / seconds, number / stored, *cpu)

    def _warm_up(self, port: int) -> None:
        """Let every process load what it loads at the first mail."""
        send_all(port, iter(self._mails(200)), ACCOUNTS, CONNECTIONS)
        _wait_until_unpacked()

    def _mails(self, number: int) -> list[bytes]:
        mails = list(islice(unique_mails(self._round * 1_000), number))
        self._round += 1
        return mails


def _received() -> int:
    from csplatform.conversations.models import Message

    return Message.objects.filter(kind="customer").count()


def _wait_until_unpacked() -> None:
    from csplatform.gateway.models import InboundDelivery

    deadline = time.monotonic() + PATIENCE
    while InboundDelivery.objects.filter(state="waiting").exists():
        if time.monotonic() > deadline:
            raise RuntimeError("deliveries are still waiting")
        time.sleep(0.02)


def _check(received: int, sent: int) -> None:
    """Raise unless every mail became one message, and what people opened has its clocks."""
    from django.db.models import Count

    from csplatform.conversations.models import Conversation
    from csplatform.gateway.models import InboundDelivery

    lost = InboundDelivery.objects.exclude(state="done").count()
    opened = Conversation.objects.filter(status="open", messages__kind="customer", messages__is_machine=False)
    clockless = opened.annotate(owed=Count("clocks", distinct=True)).exclude(owed=3).count()
    if lost or clockless:
        raise RuntimeError(f"{lost} deliveries not received, {clockless} conversations without three clocks")
    # The warm-up's mails are the first of another round: they count too.
    if received != sent + 200:
        raise RuntimeError(f"{sent + 200} mails sent, {received} messages received")


def _pid(server: LocalServer) -> int:
    process = server._process
    assert process is not None
    return process.pid


def _fill(wanted: int) -> None:
    """Multiply what has been received until there are `wanted` conversations."""
    from django.apps import apps

    from csplatform.conversations.models import Conversation

    rooms = ("contacts", "conversations", "sla")
    kept_once = {"Organisation", "Tag", "Policy", "PolicyTarget", "Terms", "Calendar", "CalendarDay"}
    models = [model for room in rooms for model in apps.get_app_config(room).get_models(include_auto_created=True)]
    chosen = [model for model in models if model.__name__ not in kept_once and "_" not in model.__name__]
    deliveries = apps.get_model("gateway", "InboundDelivery")
    multiply([deliveries, *chosen], -(-wanted // Conversation.objects.count()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="1,000 mails a round and no large database")
    parser.add_argument("--mails", type=int, default=4000, help="mails a round")
    parser.add_argument("--conversations", type=int, default=100_000, help="in the large database")
    options = parser.parse_args()
    number = 1000 if options.quick else options.mails
    print(source())
    with databases() as servers:
        _make_accounts()
        bench = Bench(servers, servers[0].directory.parent)
        floor_rate = bench.floor(number)
        sizes = ["empty"] if options.quick else ["empty", f"{options.conversations:,} conversations"]
        print("| | mails/s | stored/s | CPU ms: door | workers | PostgreSQL | all | of the floor |")
        print("|---|" + "---:|" * 7)
        for size in sizes:
            if size != "empty":
                _fill(options.conversations)
            for processes in (1, 2):
                result = bench.run(f"{size}, {processes} worker{'s' * (processes > 1)}", number, processes)
                print(f"| {result} | {result.rate / floor_rate:.0%} |", flush=True)


def _make_accounts() -> None:
    from csplatform.gateway.models import ChannelAccount

    for address in ACCOUNTS:
        ChannelAccount.objects.create(channel="email", name=address, address=address)


if __name__ == "__main__":
    main()
