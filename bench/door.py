"""How many webhooks one web process takes: verified, stored for good, and answered.

    python -m bench.door                                # the table of docs/performance.md
    python -m bench.door --deliveries 300 --seconds 2   # sooner done

WhatsApp's calls, each with one message and signed, come over kept connections: first as fast as the door answers, then
at a steady rate, where a call's time counts from the moment it was due. Real processes: the web process as `make up`
runs it with the settings of production, PostgreSQL that waits for the disk, Valkey; nobody unpacks meanwhile. The floor
is measured in the same run: a bare ASGI view that commits one row (bench/door_floor.py). Unless every call was answered
with 200 and stands in the database once, nothing is printed.
"""

import argparse
import asyncio
import hashlib
import hmac
import json
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import psycopg

from bench.chat_stack import HOST, chat_databases, port_of, web_process
from bench.intake_stack import Program, processor_seconds
from csplatform.embedded.platform import web_command

SECRET = "an-app-secret-for-measuring"
CONNECTIONS = 16
# Calls that are not measured: each process opens its connections to the database and reads its modules with them.
WARMING = 200
_numbers = count(1)


@dataclass(frozen=True)
class Result:
    """What one course of calls came to; times in seconds, CPU of the process in seconds a call."""

    label: str
    times: list[float]
    seconds: float
    cpu: float

    def at(self, share: float) -> float:
        return statistics.quantiles(self.times, n=1000, method="inclusive")[round(share * 1000) - 1]

    def row(self) -> str:
        cells = [f"{len(self.times) / self.seconds:.0f}", f"{self.at(0.5) * 1000:.1f}", f"{self.at(0.99) * 1000:.1f}"]
        return f"| {self.label} | {len(self.times):,} | {' | '.join(cells)} | {self.cpu * 1000:.2f} |"


class Caller:
    """A platform with so many kept connections to one path."""

    def __init__(self, program: Program, path: str) -> None:
        self._program, self._port, self._path = program, port_of(program), path
        self._idle: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()
        self.times: list[float] = []

    async def open(self) -> None:
        for _number in range(CONNECTIONS):
            self._idle.put_nowait(await asyncio.open_connection("127.0.0.1", self._port))

    async def close(self) -> None:
        while not self._idle.empty():
            self._idle.get_nowait()[1].close()

    async def call(self, due: float) -> None:
        """Deliver one new message; its time counts from `due`, so waiting for a connection counts too."""
        reader, writer = await self._idle.get()
        writer.write(_request(self._path, next(_numbers)))
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        await reader.readexactly(int(length.split(b":")[1]))
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(f"the door said {head!r}")
        self.times.append(time.perf_counter() - due)
        self._idle.put_nowait((reader, writer))

    async def as_fast_as_answered(self, number: int) -> None:
        left = iter(range(number))

        async def one_after_the_other() -> None:
            for _call in left:
                await self.call(time.perf_counter())

        await asyncio.gather(*(one_after_the_other() for _connection in range(CONNECTIONS)))

    async def steadily(self, rate: float, number: int) -> None:
        started = time.perf_counter()
        calls = []
        for index in range(number):
            due = started + index / rate
            await asyncio.sleep(max(0, due - time.perf_counter()))
            calls.append(asyncio.create_task(self.call(due)))
        await asyncio.gather(*calls)

    def result(self, label: str, started: float, spent: float) -> Result:
        """Return what came of the calls since `started`, at which the process had spent so much."""
        seconds = time.perf_counter() - started
        cpu = (processor_seconds(self._program.pid) - spent) / len(self.times)
        times, self.times = self.times, []
        return Result(label, times, seconds, cpu)

    def begin(self) -> tuple[float, float]:
        return time.perf_counter(), processor_seconds(self._program.pid)


def _request(path: str, number: int) -> bytes:
    body = _body(number)
    signature = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {HOST}\r\nX-Forwarded-Proto: https\r\nContent-Type: application/json\r\n"
        f"X-Hub-Signature-256: sha256={signature}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _body(number: int) -> bytes:
    """Return one customer's message as WhatsApp tells of it."""
    phone = f"4479460{number % 10_000:05}"
    text = {"body": "Where is my order? It should have been here on Monday. 我的订单还没有到。"}
    message = {"from": phone, "id": f"wamid.{number:032}", "timestamp": "1772600767", "type": "text", "text": text}
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "15550001111", "phone_number_id": "106540352242922"},
        "contacts": [{"profile": {"name": "Ada"}, "wa_id": phone}],
        "messages": [message],
    }
    entry = {"id": "102290129340398", "changes": [{"field": "messages", "value": value}]}
    return json.dumps({"object": "whatsapp_business_account", "entry": [entry]}, ensure_ascii=False).encode()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--deliveries", type=int, default=6000, help="calls as fast as the door answers")
    parser.add_argument("--rate", type=float, default=300, help="calls a second of the steady course")
    parser.add_argument("--seconds", type=int, default=30, help="how long the steady course lasts")
    options = parser.parse_args()
    with chat_databases() as (servers, directory):
        results = [*_floor(directory, options), *_door(directory, options)]
        _check(servers[0].url, WARMING + sum(len(result.times) for result in results) // 2)
    print("| | calls | a second | p50 ms | p99 ms | CPU ms a call |\n|---|---:|---:|---:|---:|---:|")
    for result in results:
        print(result.row())
    print(f"\nThe door is {results[0].seconds / results[2].seconds:.0%} as fast as the floor.", flush=True)


def _floor(directory: Path, options: argparse.Namespace) -> Iterator[Result]:
    command = [part.replace("csplatform.asgi:application", "bench.door_floor:application") for part in web_command(0)]
    with Program("floor", command[1:], directory / "floor.log") as program:
        yield from asyncio.run(_courses("floor", Caller(program, "/"), options))


def _door(directory: Path, options: argparse.Namespace) -> Iterator[Result]:
    from csplatform.gateway.models import ChannelAccount

    account = ChannelAccount.objects.create(
        channel="whatsapp", name="Shop", address="106540352242922", credentials={"app_secret": SECRET}
    )
    with web_process(directory) as program:
        yield from asyncio.run(_courses("door", Caller(program, f"/hooks/{account.token}/"), options))


async def _courses(name: str, caller: Caller, options: argparse.Namespace) -> list[Result]:
    await caller.open()
    await caller.as_fast_as_answered(WARMING)
    caller.times.clear()
    begun = caller.begin()
    await caller.as_fast_as_answered(options.deliveries)
    fast = caller.result(f"{name}, as fast as it answers", *begun)
    begun = caller.begin()
    await caller.steadily(options.rate, round(options.rate * options.seconds))
    steady = caller.result(f"{name}, {options.rate:g} a second", *begun)
    await caller.close()
    return [fast, steady]


def _check(url: str, wanted: int) -> None:
    """Raise where a call is not stored once, on either side."""
    with psycopg.connect(url) as connection:
        for table in ("door_floor", "gateway_inbounddelivery"):
            row = connection.execute(f"SELECT count(*), count(DISTINCT body) FROM {table}").fetchone()
            if row != (wanted, wanted):
                raise RuntimeError(f"{wanted} calls were answered, and {table} has {row}")


if __name__ == "__main__":
    main()
