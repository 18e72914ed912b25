"""How many open sockets one web process holds, and what each costs while nothing is said.

    python -m bench.chat_sockets                                  # the table of docs/performance.md
    python -m bench.chat_sockets --visitors 100 --screens 20      # a quick look

Visitors' tabs that have said hello, then those that have said something and wait for a hand, then agents' pages; each
kind on top of the ones before. Memory is what the web process grew by (resident, in KiB a socket); its idle processor
time is taken over `--seconds`, while every page says its ping or hello as often as a real one does. Real processes:
the web process as `make up` runs it with the settings of production, PostgreSQL, Valkey; this process plays the pages.
"""

import argparse
import asyncio
import json
import resource
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any

import psutil
from websockets.asyncio.client import ClientConnection

from bench.chat_people import Visitor, socket
from bench.chat_stack import Agent, Company, chat_databases, make_company, port_of, visitor_tokens, web_process
from bench.intake_stack import Program, processor_seconds

AT_ONCE = 20
# As the pages do (link.js, live.js), in seconds.
PING_EVERY, HELLO_EVERY = 25, 30
# One agent has so many pages open.
PAGES_OF_ONE = 5
# Files that a socket takes at either end, and some for everything else.
SPARE_FILES = 200


@dataclass(frozen=True)
class Held:
    """So many sockets of a kind: how fast they came (a second), KiB and idle processor time (ms a second) of all."""

    label: str
    number: int
    rate: float
    memory: float
    idle: float

    def row(self) -> str:
        return (
            f"| {self.label} | {self.number:,} | {self.rate:.0f} | {self.memory / 1024:.1f} "
            f"| {self.memory / max(self.number, 1):.1f} | {self.idle:.0f} |"
        )


class Idle:
    """A page that is open and says only that it is there."""

    def __init__(self, connection: ClientConnection, frame: str, every: float, turn: int) -> None:
        self._connection, self._frame = connection, frame
        self._tasks = [asyncio.create_task(self._read()), asyncio.create_task(self._speak(every, turn))]
        self.is_held = True

    async def _read(self) -> None:
        async for _text in self._connection:
            pass
        self.is_held = False

    async def _speak(self, every: float, turn: int) -> None:
        await asyncio.sleep(every * (turn % 97) / 97)  # not all at once
        while True:
            await self._connection.send(self._frame)
            await asyncio.sleep(every)

    async def leave(self) -> None:
        for task in self._tasks:
            task.cancel()
        await self._connection.close()


Open = Callable[[], Coroutine[Any, Any, Idle]]


class Process:
    """The web process under measurement."""

    def __init__(self, web: Program, seconds: float) -> None:
        self._web, self._seconds = web, seconds
        self._pages: list[Idle] = []

    async def hold(self, label: str, pages: Sequence[Open]) -> Held:
        """Open `pages` beside those that are open, and see what they cost."""
        before, started = self._memory(), time.perf_counter()
        for start in range(0, len(pages), AT_ONCE):
            self._pages += await asyncio.gather(*(page() for page in pages[start : start + AT_ONCE]))
        rate = len(pages) / (time.perf_counter() - started)
        await asyncio.sleep(2)
        used, since = processor_seconds(self._web.pid), time.perf_counter()
        await asyncio.sleep(self._seconds)
        idle = (processor_seconds(self._web.pid) - used) / (time.perf_counter() - since) * 1000
        lost = sum(not page.is_held for page in self._pages)
        assert not lost, f"{lost} sockets were closed"
        return Held(label, len(pages), rate, self._memory() - before, idle)

    async def leave(self) -> None:
        await asyncio.gather(*(page.leave() for page in self._pages))

    def _memory(self) -> float:
        return psutil.Process(self._web.pid).memory_info().rss / 1024


async def _measure(company: Company, web: Program, options: argparse.Namespace) -> None:
    port, process = port_of(web), Process(web, options.seconds)
    for token in visitor_tokens(company.account, 3, "warm"):  # what is loaded once
        visitor = Visitor(token)
        await visitor.arrive(port)
        await visitor.say("Hello, is anybody there?")
        await visitor.leave()
    warm = [_screen(port, agent, turn) for turn, agent in enumerate(company.agents)]
    await process.hold("warm", warm)
    names = {"silent": options.visitors, "some": options.talking}
    silent, some = (visitor_tokens(company.account, number, name) for name, number in names.items())
    agents = [company.agents[turn % len(company.agents)] for turn in range(options.screens)]
    print("| | sockets | opened a second | MiB | KiB each | CPU ms a second, of all |")
    print("|---|" + "---:|" * 5)
    for label, pages in (
        ("visitors who look", [_tab(port, token, turn) for turn, token in enumerate(silent)]),
        ("visitors who wait for a hand", [_tab(port, token, turn, says=True) for turn, token in enumerate(some)]),
        ("agents' pages", [_screen(port, agent, turn) for turn, agent in enumerate(agents)]),
    ):
        print((await process.hold(label, pages)).row(), flush=True)
    total = psutil.Process(web.pid).memory_info().rss / 1024**2
    print(f"\nThe whole process, with the language models: {total:.0f} MiB.")
    await process.leave()


def _tab(port: int, token: str, turn: int, *, says: bool = False) -> Open:
    async def open_tab() -> Idle:
        if says:
            first = Visitor(token)
            await first.arrive(port)
            await first.say("Hello, is anybody there?")
            await first.leave()
        connection = await socket(port, "/ws/chat/shop/")
        await connection.send(json.dumps({"type": "hello", "token": token, "known": {}}))
        await connection.recv()
        return Idle(connection, '{"type":"ping"}', PING_EVERY, turn)

    return open_tab


def _screen(port: int, agent: Agent, turn: int) -> Open:
    async def open_screen() -> Idle:
        connection = await socket(port, "/ws/desk/", f"sessionid={agent.cookie}")
        await connection.recv()
        return Idle(connection, '{"kind":"hello","idle":0}', HELLO_EVERY, turn)

    return open_screen


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--visitors", type=int, default=1000, help="tabs that have said nothing")
    parser.add_argument("--talking", type=int, default=500, help="tabs that have said something and wait")
    parser.add_argument("--screens", type=int, default=200, help="agents' pages")
    parser.add_argument("--seconds", type=float, default=30, help="how long the idle processor time is taken")
    options = parser.parse_args()
    _allow_files(options.visitors + 2 * options.talking + options.screens + SPARE_FILES)
    with chat_databases() as (_servers, directory):
        company = make_company(max(1, options.screens // PAGES_OF_ONE))
        with web_process(directory) as web:
            asyncio.run(_measure(company, web, options))


def _allow_files(number: int) -> None:
    """Let this process, and the web process after it, open so many files. Raises ValueError where they may not."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, number), hard))


if __name__ == "__main__":
    main()
