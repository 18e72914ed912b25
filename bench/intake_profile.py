"""Where the time of receiving goes: unpacks stored mails in this process, under a profiler or with a stopwatch.

python -m bench.intake_profile            # time and SQL statements a mail
python -m bench.intake_profile --profile  # and what cProfile saw
"""

import argparse
import cProfile
import pstats
import time
from collections import Counter
from collections.abc import Sequence
from itertools import islice
from typing import Any

import psutil

from bench.intake_floor import read
from bench.intake_stack import databases
from bench.mails import unique_mails

ACCOUNT = "inbox@shop.example"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--mails", type=int, default=600)
    parser.add_argument("--profile", action="store_true", help="run under cProfile and show its findings")
    parser.add_argument("--sort", default="tottime")
    parser.add_argument("--lines", type=int, default=45)
    options = parser.parse_args()
    with databases():
        _store(unique_mails(0), 100)
        _unpack_all()  # loads what is loaded once
        _store(unique_mails(1_000), options.mails)
        profile = cProfile.Profile() if options.profile else None
        started, used = time.perf_counter(), _cpu()
        statements = _unpack_all(profile)
        wall, cpu = time.perf_counter() - started, _cpu() - used
        print(f"{wall * 1000 / options.mails:.2f} ms a mail, {cpu * 1000 / options.mails:.2f} ms of it in this process")
        print(f"{_parsing(options.mails):.2f} ms is what the standard library's parser takes for each just now")
        print(f"{statements.total() / options.mails:.1f} statements a mail")
        for statement, number in statements.most_common(20):
            print(f"{number:7d}  {statement}")
        if profile:
            pstats.Stats(profile).sort_stats(options.sort).print_stats(options.lines)


def _store(mails: Any, number: int) -> None:
    from csplatform.gateway.models import ChannelAccount, InboundDelivery

    account, _ = ChannelAccount.objects.get_or_create(channel="email", address=ACCOUNT, defaults={"name": "Inbox"})
    envelope = {"x-envelope-from": "bench@customer.example", "x-envelope-to": ACCOUNT}
    rows = [
        InboundDelivery(account=account, method="SMTP", headers=envelope, body=mail) for mail in islice(mails, number)
    ]
    InboundDelivery.objects.bulk_create(rows)


def _unpack_all(profile: cProfile.Profile | None = None) -> Counter[str]:
    from django.db import connection

    from csplatform.doors.unpack import unpack
    from csplatform.gateway.models import InboundDelivery

    statements: Counter[str] = Counter()

    def count(execute: Any, sql: str, params: Sequence[Any], many: bool, context: Any) -> Any:
        statements[_shape(sql)] += 1
        return execute(sql, params, many, context)

    with connection.execute_wrapper(count):
        if profile:
            profile.enable()
        while waiting := InboundDelivery.objects.filter(state="waiting").order_by("id").first():
            unpack(waiting.pk)
        if profile:
            profile.disable()
    return statements


def _parsing(number: int) -> float:
    """A yardstick for a machine that is doing other work too: processor time in milliseconds a mail."""
    mails = list(islice(unique_mails(1_000), number))
    used = _cpu()
    for mail in mails:
        read(mail)
    return (_cpu() - used) * 1000 / number


def _shape(sql: str) -> str:
    words = sql.split()
    verb = words[0]
    after = {"SELECT": "FROM", "INSERT": "INTO", "UPDATE": "UPDATE"}.get(verb)
    table = words[words.index(after) + 1] if after in words else " ".join(words[1:4])
    return f"{verb} {table}{' FOR UPDATE' if 'FOR' in words[-6:] else ''}"


def _cpu() -> float:
    times = psutil.Process().cpu_times()
    return float(times.user + times.system)


if __name__ == "__main__":
    main()
