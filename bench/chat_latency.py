"""How long a customer's words take to an agent's screen, over one web process.

    python -m bench.chat_latency              # the table of docs/performance.md
    python -m bench.chat_latency --quick      # fewer chats and messages

A message is measured from the moment a visitor's page sends it over its WebSocket until an agent's page, which heard
the news over its own, has fetched the fragment that holds it. Real processes: the web process as `make up` runs it with
the settings of production, PostgreSQL that waits for the disk, Valkey; this process plays the pages. The floor is
measured in the same run: a bare WebSocket that commits one row and publishes once (bench/chat_floor.py).
"""

import argparse
import asyncio
import random
import statistics
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from bench.chat_people import Screen, Visitor, socket
from bench.chat_stack import Company, chat_databases, floor_process, make_company, port_of, visitor_tokens, web_process
from bench.intake_stack import Program, processor_seconds

SAYS = [
    "Where is my order? It should have been here on Monday.",
    "我的订单还没有到，可以帮我查一下吗？",
    "¿Pueden cambiar la dirección de entrega, por favor?",
    "注文をキャンセルしたいのですが、できますか。",
    "ok thanks",
    "أريد استرجاع المبلغ من فضلك",
]
Act = Callable[[Visitor], Coroutine[Any, Any, None]]
# A visitor may say 30 things a minute.
MOST_OF_ONE = 25
# Seconds; what takes longer counts as this.
LONGEST = 10.0


@dataclass
class Result:
    """Times in seconds; CPU of the web process in seconds a message of any kind."""

    label: str
    times: list[float]
    cpu: float

    def at(self, share: float) -> float:
        return statistics.quantiles(self.times, n=1000, method="inclusive")[round(share * 1000) - 1]

    def row(self, floor: "Result") -> str:
        late = sum(taken > 0.1 for taken in self.times) / len(self.times)
        cells = [f"{self.at(share) * 1000:.1f}" for share in (0.5, 0.95, 0.99)]
        cells += [f"{late:.1%}", f"{self.at(0.5) / floor.at(0.5):.1f}", f"{self.cpu * 1000:.1f}"]
        return f"| {self.label} | {len(self.times)} | {' | '.join(cells)} |"


class Meter:
    """Sends probes and waits until some screen shows them."""

    def __init__(self) -> None:
        self._waiting: dict[str, asyncio.Future[float]] = {}
        self.times: list[float] = []

    def shown(self, probe: str) -> None:
        """A screen has it now."""
        future = self._waiting.pop(probe, None)
        if future is not None and not future.done():  # given up, but it came after all
            future.set_result(time.perf_counter())

    async def measure(self, visitor: Visitor) -> None:
        """Let a visitor say something, and wait for it at the other end."""
        probe = f"probe-{uuid4()}"
        future = self._waiting[probe] = asyncio.get_running_loop().create_future()
        started = time.perf_counter()
        stored = asyncio.create_task(visitor.say(f"{random.choice(SAYS)} {probe}"))
        try:
            self.times.append(await asyncio.wait_for(future, LONGEST) - started)
        except TimeoutError:
            self.times.append(LONGEST)
        await stored


async def measure_floor(port: int, number: int) -> list[float]:
    """Say `number` things to the bare process, one after another."""
    ear, mouth = await socket(port, "/listen"), await socket(port, "/say")
    times = []
    for index in range(number + 20):
        started = time.perf_counter()
        await mouth.send(f"{random.choice(SAYS)} {index}")
        await ear.recv()
        if index >= 20:  # the first ones find nothing warm
            times.append(time.perf_counter() - started)
        await asyncio.sleep(random.uniform(0.01, 0.05))
    await mouth.close()
    await ear.close()
    return times


async def one_chat(company: Company, port: int, number: int, name: str) -> list[float]:
    """One chat at a time, one agent who has it open."""
    meter = Meter()
    screen = Screen(company.agents[0], port, meter.shown)
    await screen.arrive()
    for token in visitor_tokens(company.account, -(-number // MOST_OF_ONE), name):
        visitor = Visitor(token)
        await visitor.arrive(port)
        await visitor.say("Hello, is anybody there?")
        await screen.open(visitor.conversation)
        await meter.measure(visitor)
        meter.times.pop()
        for _ in range(MOST_OF_ONE):
            await meter.measure(visitor)
            await asyncio.sleep(random.uniform(0.01, 0.05))
        await visitor.leave()
    await screen.leave()
    return meter.times


@dataclass(frozen=True)
class Crowd:
    """`chats` open chats; `rate` messages a second in all of them together, for so many seconds."""

    chats: int
    rate: float
    seconds: float


async def many_chats(company: Company, port: int, crowd: Crowd, web: Program) -> tuple[list[float], float]:
    """Many chats at once: each agent has one open, which is measured; others talk meanwhile."""
    meter = Meter()
    visitors = [Visitor(token) for token in visitor_tokens(company.account, crowd.chats, "many")]
    for start in range(0, len(visitors), 20):
        await asyncio.gather(*(_begin(visitor, port) for visitor in visitors[start : start + 20]))
    screens = [Screen(agent, port, meter.shown) for agent in company.agents]
    for screen, visitor in zip(screens, visitors, strict=False):
        await screen.arrive()
        await screen.open(visitor.conversation)
    await asyncio.sleep(3)
    used = processor_seconds(web.pid)
    said = await _talk(visitors, len(screens), crowd, meter)
    cpu = (processor_seconds(web.pid) - used) / said
    await asyncio.gather(*(screen.leave() for screen in screens), *(visitor.leave() for visitor in visitors))
    return meter.times, cpu


async def _begin(visitor: Visitor, port: int) -> None:
    await visitor.arrive(port)
    await visitor.say("Hello, is anybody there?")


async def _talk(visitors: Sequence[Visitor], open_ones: int, crowd: Crowd, meter: Meter) -> int:
    """Let visitors talk at a steady rate; those of the open chats write 15 times a minute, and are measured."""
    seen, others = visitors[:open_ones], visitors[open_ones:]
    measured_rate = open_ones / 4
    streams = [
        _steadily(measured_rate, crowd.seconds, seen, meter.measure),
        _steadily(crowd.rate - measured_rate, crowd.seconds, others, lambda one: one.say(random.choice(SAYS))),
        _steadily(crowd.rate, crowd.seconds, visitors, Visitor.type),
    ]
    said = await asyncio.gather(*streams)
    return said[0] + said[1]


async def _steadily(rate: float, seconds: float, people: Sequence[Visitor], act: Act) -> int:
    """Let one after the other act, `rate` times a second whatever that takes: a slow answer holds up nobody."""
    if not people or rate <= 0:
        return 0
    under_way: list[asyncio.Task[None]] = []
    begun, loop = time.perf_counter(), asyncio.get_running_loop()
    turn = list(people)
    while (due := len(under_way) / rate) < seconds:
        await asyncio.sleep(max(0.0, begun + due - time.perf_counter()))
        if len(under_way) % len(turn) == 0:
            random.shuffle(turn)
        under_way.append(loop.create_task(act(turn[len(under_way) % len(turn)])))
    await asyncio.gather(*under_way)
    return len(under_way)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="100 chats, few messages")
    parser.add_argument("--chats", type=int, default=1000, help="open chats in the crowd")
    parser.add_argument("--agents", type=int, default=10, help="agents with an open page")
    parser.add_argument("--rate", type=float, default=20, help="messages a second in the crowd")
    parser.add_argument("--seconds", type=float, default=60, help="how long the crowd talks")
    parser.add_argument("--messages", type=int, default=300, help="messages of the single chat")
    parser.add_argument("--rounds", type=int, default=2, help="how often floor and single chat take turns")
    options = parser.parse_args()
    if options.quick:
        options.chats, options.seconds, options.messages = 100, 20, 100
    with chat_databases() as (_servers, directory):
        company = make_company(options.agents)
        with floor_process(directory) as bare, web_process(directory) as web:
            asyncio.run(_measure(company, bare, web, options))


async def _measure(company: Company, bare: Program, web: Program, options: argparse.Namespace) -> None:
    floor, one = Result("floor: echo, one commit, one publish", [], 0), Result("1 chat", [], 0)
    ports = port_of(bare), port_of(web)
    await one_chat(company, ports[1], MOST_OF_ONE, "warm")
    for turn in range(options.rounds):
        number = options.messages // options.rounds
        used = processor_seconds(bare.pid)
        floor.times += await measure_floor(ports[0], number)
        floor.cpu += (processor_seconds(bare.pid) - used) / options.messages
        used = processor_seconds(web.pid)
        one.times += await one_chat(company, ports[1], number, f"one-{turn}")
        one.cpu += (processor_seconds(web.pid) - used) / options.messages
    print("| | messages | p50 ms | p95 ms | p99 ms | over 100 ms | × floor | CPU ms a message |")
    print("|---|" + "---:|" * 7)
    print(floor.row(floor))
    print(one.row(floor), flush=True)
    crowd = Crowd(options.chats, options.rate, options.seconds)
    many = Result(f"{options.chats:,} chats", *await many_chats(company, ports[1], crowd, web))
    print(many.row(floor))


if __name__ == "__main__":
    main()
