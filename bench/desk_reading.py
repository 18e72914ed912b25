"""How fast the desk's list, a conversation and searches are read, in a small and in a large desk.

    python -m bench.desk_reading --data DIRECTORY     # the tables of docs/performance.md
    python -m bench.desk_reading --data DIRECTORY --sizes 10000
    python -m bench.desk_reading --data DIRECTORY --processor       # on a machine that has other work, too

A desk of each size is made once (a million conversations with ten messages each take 20 GB and about half an hour) and
kept in DIRECTORY for the next run. Requests go through the whole of Django in this process: session, permissions,
queries, templates. PostgreSQL runs beside it as it comes in the wheel, with 128 MB of shared buffers. `--processor`
tells the processor time of both instead of the time that passed: what a request would take if nobody else were there
and nothing had to be read from the disk.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import cycle
from pathlib import Path
from typing import Any

from csplatform.embedded.postgres import Postgres
from csplatform.embedded.valkey import Valkey

SIZES = (10_000, 1_000_000)
RUNS = 40
HTMX = {"HX-Request": "true"}
_BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
# Words of the made-up texts, by how many conversations they stand in.
_COMMON = ("order", "please", "bestellung", "pedido", "account")
_RARER = {"a word in 1 of 30": 30, "a word in 1 of 1,000": 1000}
_HAN, _CHINESE, _JAPANESE = ("退", "订", "单", "谢"), ("退款", "订单", "快递"), ("注文", "キャンセル", "お願い")


@dataclass(frozen=True)
class Measured:
    """What one kind of request took: milliseconds of server time (passed, and of the processor) and statements."""

    what: str
    who: str
    p50: float
    p95: float
    processor_p50: float
    processor_p95: float
    queries: int
    found: float


class Desk:
    """Requests to a desk of one size, as an agent in two of twenty teams and as somebody who sees everything."""

    def __init__(self) -> None:
        from django.test import Client

        from csplatform.people.models import User

        agents = User.objects.filter(role="agent").order_by("id")[:10]
        self._people = {"agent": list(agents), "supervisor": [User.objects.get(role="supervisor")]}
        self._clients: dict[int, Client] = {}
        for user in (user for users in self._people.values() for user in users):
            self._clients[user.pk] = Client(headers=HTMX)
            self._clients[user.pk].force_login(user, backend=_BACKEND)

    def measure(self) -> Iterator[Measured]:
        """Yield a row of the table for everything that is measured."""
        from csplatform.conversations.selectors import visible_conversations

        for who, users in self._people.items():
            for what, path in _lists():
                yield self._timed(what, who, [(user, path) for user in users], _rows)
            seen = {user: list(_some(visible_conversations(user))) for user in users}
            opened = [(user, f"/inbox/c/{pk}/") for user in users for pk in seen[user]]
            yield self._timed("conversation", who, opened, lambda answer: 1)
            for what, queries in _searches().items():
                asked = [(user, query) for query in queries for user in users]
                yield self._timed(what, who, [(user, ("/inbox/", {"q": query})) for user, query in asked], _rows)

    def _timed(self, what: str, who: str, requests: Sequence[tuple[Any, Any]], size: Callable[[Any], int]) -> Measured:
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        times, processor, sizes = [], [], []
        self._ask(*requests[0])
        with CaptureQueriesContext(connection) as captured:
            self._ask(*requests[0])
        queries = len(captured)
        for _, (user, request) in zip(range(RUNS), cycle(requests), strict=False):
            began, worked = time.perf_counter(), _worked()
            answer = self._ask(user, request)
            times.append((time.perf_counter() - began) * 1000)
            processor.append((_worked() - worked) / 1e6)
            sizes.append(size(answer))
        row = Measured(what, who, *_middle_and_end(times), *_middle_and_end(processor), queries, statistics.mean(sizes))
        print(row, file=sys.stderr, flush=True)
        return row

    def _ask(self, user: Any, request: Any) -> Any:
        path, data = request if isinstance(request, tuple) else (request, {})
        answer = self._clients[user.pk].get(path, data)
        assert answer.status_code == 200, (path, data, answer.status_code)
        return answer


def _worked() -> int:
    """Return the nanoseconds of processor time that this process and its database connection have had."""
    from django.db import connection

    connection.ensure_connection()
    backend = Path(f"/proc/{connection.connection.info.backend_pid}/schedstat").read_text()
    return time.process_time_ns() + int(backend.split()[0])


def _middle_and_end(times: Sequence[float]) -> tuple[float, float]:
    return statistics.median(times), statistics.quantiles(times, n=20, method="inclusive")[18]


def _lists() -> Iterator[tuple[str, str]]:
    from csplatform.desk.orders import ORDERS
    from csplatform.desk.places import FIXED

    for slug in (slug for slug in FIXED if slug != "held"):
        for sort in ORDERS:
            yield f"{slug}, {sort}", f"/inbox/{slug}/?sort={sort}"


def _rows(answer: Any) -> int:
    return int(answer.content.decode().count('id="row-')) - int("row-more" in answer.content.decode())


def _some(rows: Any) -> Iterator[int]:
    """Yield the ids of some conversations, old and new."""
    highest = rows.order_by("-id").values_list("id", flat=True)[0]
    for number in range(1, 5):
        yield rows.filter(id__gte=highest * number // 5).order_by("id").values_list("id", flat=True)[0]


def _searches() -> Mapping[str, Sequence[str]]:
    from csplatform.contacts.models import Contact, Handle
    from csplatform.conversations.models import Conversation, Message

    size = Conversation.objects.order_by("-id").values_list("id", flat=True)[0]
    some = [1 + number * size // 11 for number in range(1, 11)]
    contacts = Contact.objects.filter(pk__in=Conversation.objects.filter(pk__in=some).values("contact_id"))
    handles, messages = (
        Handle.objects.filter(contact__in=contacts),
        Message.objects.filter(conversation__in=some, seq=2),
    )
    words = _words_by_frequency()
    return {
        "search: common word": _COMMON,
        **{f"search: {label}": words[1 / share] for label, share in _RARER.items()},
        "search: order number": [f"R{pk}x4" for pk in some],
        "search: two words": [f"{one} {two}" for one, two in zip(_COMMON, words[1 / 30], strict=False)],
        "search: phrase": ['"the order"', '"my order"', '"order please"'],
        "search: beginning of a word": ["ref", "ord", "acc", "deli"],
        "search: one Han character": _HAN,
        "search: Chinese": _CHINESE,
        "search: Japanese": _JAPANESE,
        "search: contact's name": list(contacts.values_list("name", flat=True)),
        "search: e-mail address": list(handles.values_list("external_id", flat=True)),
        "search: message id": list(messages.values_list("external_id", flat=True)),
        "search: nothing found": ["nosuchword", "退鱻鱻", "zzzz zzzz"],
    }  # fmt: skip


def _words_by_frequency() -> Mapping[float, list[str]]:
    """Return English words that stand in about so many of the documents, by the share; told from a sample."""
    from django.db import connection

    shares = [1 / share for share in _RARER.values()]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT word, ndoc FROM ts_stat('SELECT words FROM search_document WHERE id % greatest(1, (SELECT"
            " count(*) / 10000 FROM search_document)) = 0') WHERE word ~ '^[a-z]{5,}$' AND ndoc > 2"
        )
        counted = cursor.fetchall()
        cursor.execute("SELECT least(count(*), 10000) FROM search_document")
        sample = cursor.fetchone()[0]
    near = {share: sorted(counted, key=lambda row: abs(row[1] / sample - share))[:5] for share in shares}
    return {share: [word for word, _ in rows] for share, rows in near.items()}


@contextmanager
def _database(directory: Path) -> Iterator[None]:
    """Run what is kept in `directory`; where there is nothing, Django in this process is set up to fill it."""
    directory.mkdir(parents=True, exist_ok=True)
    directory.chmod(0o711)  # PostgreSQL may run as another user
    servers = (
        Postgres(directory / "postgres", port=0, durable=False, say=lambda line: None),
        Valkey(directory / "valkey", port=0, durable=False, say=lambda line: None),
    )
    try:
        for server in servers:
            server.start()
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "csplatform.settings.development",
            "DEBUG": "false",
            "LOG_LEVEL": "ERROR",
            "DATABASE_URL": servers[0].url,
            "REDIS_URL": servers[1].url,
        }
        yield
    finally:
        for server in servers:
            server.stop()


def _run(size: int, data: Path) -> list[Measured]:
    """Measure one size in a process of its own."""
    command = [sys.executable, "-m", "bench.desk_reading", "--data", str(data), "--one", str(size)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    return [Measured(**row) for row in json.loads(done.stdout)]


def _one(size: int, directory: Path) -> list[Measured]:
    import django
    from django.core.management import call_command

    ready = directory / "ready"
    with _database(directory):
        django.setup()
        call_command("migrate", verbosity=0)
        if not ready.exists():
            from bench import desk_data

            began = time.monotonic()
            desk_data.make(size)
            desk_data.check(size)
            ready.touch()
            print(f"{size:,} conversations made in {time.monotonic() - began:.0f} s", file=sys.stderr)
        return list(Desk().measure())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="where the desks are kept")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="conversations")
    parser.add_argument("--processor", action="store_true", help="tell processor time")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps([asdict(row) for row in _one(options.one, options.data / str(options.one))]))
        return
    tables = [_run(size, options.data) for size in options.sizes]
    heads = "".join(f" | {size:,}: p50 | p95 | queries" for size in options.sizes)
    kind = "processor" if options.processor else "server"
    print(f"| ms of {kind} time | who{heads}{' | p95, ratio' * (len(tables) > 1)} |")
    print("|---|---" + "|---:" * (3 * len(tables) + (len(tables) > 1)) + "|")
    for rows in zip(*tables, strict=True):
        times = [(row.processor_p50, row.processor_p95) if options.processor else (row.p50, row.p95) for row in rows]
        cells = "".join(
            f" | {p50:.1f} | {p95:.1f} | {row.queries}" for (p50, p95), row in zip(times, rows, strict=True)
        )
        ratio = f" | {times[-1][1] / times[0][1]:.2f}" if len(rows) > 1 else ""
        print(f"| {rows[0].what} | {rows[0].who}{cells}{ratio} |")


if __name__ == "__main__":
    main()
