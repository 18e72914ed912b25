"""500 messages through every door while every program is killed at random: 500 arrive, none twice."""

import os
import time
from collections import Counter
from itertools import count
from random import Random, SystemRandom

import pytest

from csplatform.contacts.models import Handle
from csplatform.conversations.models import Conversation, DispatchState, Message, MessageKind
from tests.embedded.waiting import wait_until
from tests.stack.company import Company
from tests.stack.customers import Chat, Crowd
from tests.stack.settling import assert_numbered_without_gap, assert_said_once, settle
from tests.stack.stack import USUAL, Agent, Stack

pytestmark = [pytest.mark.stack, pytest.mark.timeout(900)]

# Who writes by which door: how many people, and how often each.
WRITERS = {
    "mail": (4, 20),
    "mail-without-id": (2, 20),
    "telegram": (6, 20),
    "whatsapp": (6, 20),
    "chat": (3, 20),
    "socket": (4, 20),
}
# Customers take about this long (seconds) to say everything, were there no trouble.
DURATION = 25
# The longest that programs are killed: on a slow machine the customers would never get a word in.
LONGEST_RAGE = 60
RECOVERY = 300


@pytest.fixture
def seed() -> int:
    """A new one each time; CHAOS_SEED repeats an earlier run's choices."""
    seed = int(os.environ.get("CHAOS_SEED") or SystemRandom().randrange(10**6))
    print(f"CHAOS_SEED={seed}")  # noqa: T201 - pytest shows it where the test fails
    return seed


class Chaos:
    """Kills programs and lets the agent answer, both as a seed has it."""

    def __init__(self, stack: Stack, agent: Agent, seed: int) -> None:
        self._stack = stack
        self._agent = agent
        self._random = Random(seed)
        self._numbers = count(1)
        self.kills: Counter[str] = Counter()
        self.replies: dict[int, str] = {}

    def rage(self, crowd: Crowd) -> None:
        """Kill something every second or so for as long as somebody speaks."""
        began = time.monotonic()
        while crowd.is_speaking and time.monotonic() - began < LONGEST_RAGE:
            until = time.monotonic() + self._random.uniform(0.6, 1.4)
            self._kill_something()
            self.answer_somebody()
            time.sleep(max(until - time.monotonic(), 0))

    def _kill_something(self) -> None:
        """What is only just starting is left alone: killing that proves nothing."""
        up = [name for name in USUAL if self._stack.is_up(name)]
        if up:
            name = self._random.choice(up)
            self._stack.kill(name, child=name == "worker" and self._random.random() < 0.5)
            self.kills[name] += 1

    def answer_somebody(self) -> bool:
        """Let the agent reply in some conversation; returns whether there was any."""
        with self._stack.database():
            social = Conversation.objects.filter(account__channel__in=["telegram", "whatsapp"])
            ids = list(social.order_by("id").values_list("pk", flat=True))
        if ids:
            text = f"answer {next(self._numbers)}"
            self.replies[self._agent.reply(self._random.choice(ids), text)] = text
        return bool(ids)


@pytest.fixture
def crowd(company: Company, seed: int) -> Crowd:
    crowd = Crowd(company, "chaos", seed=seed, pause=DURATION / 20)
    for kind, (people, messages) in WRITERS.items():
        crowd.add(kind, people=people, messages=messages)
    return crowd


def test_nothing_is_lost_and_nothing_doubled(
    stack: Stack, company: Company, agent: Agent, crowd: Crowd, seed: int
) -> None:
    assert len(crowd.texts) == len(set(crowd.texts)) == 500
    chaos = Chaos(stack, agent, seed)
    crowd.start()
    wait_until(chaos.answer_somebody, seconds=RECOVERY)
    chaos.rage(crowd)
    crowd.disperse()
    stack.kill_all()
    stack.start()
    settle(stack, seconds=RECOVERY)
    print(chaos.kills, f"{len(chaos.replies)} replies")  # noqa: T201 - how hard a time it was
    assert chaos.kills.keys() == set(USUAL)
    assert chaos.replies
    with stack.database():
        assert_said_once(crowd.texts)
        assert Message.objects.filter(kind=MessageKind.CUSTOMER).count() == 500
        assert_numbered_without_gap()
        _assert_chat_is_in_order(crowd)
        _assert_sent_at_most_once(company, chaos.replies)


def _assert_chat_is_in_order(crowd: Crowd) -> None:
    """The chat's page waits for its acknowledgement, so nothing may overtake."""
    for member in crowd.members:
        if isinstance(member.door, Chat):
            handle = Handle.objects.get(messages__text=member.says[0])
            said = handle.messages.filter(kind=MessageKind.CUSTOMER).order_by("seq")
            assert list(said.values_list("text", flat=True)) == list(member.says)


def _assert_sent_at_most_once(company: Company, replies: dict[int, str]) -> None:
    """A platform got every answer once, or at most once where the screen says that it is not certain."""
    taken = Counter(item.text for item in (*company.telegram.taken, *company.whatsapp.taken))
    states = dict(Message.objects.filter(kind=MessageKind.REPLY).values_list("pk", "state"))
    assert states.keys() == replies.keys()
    for pk, text in replies.items():
        assert states[pk] in {DispatchState.ACCEPTED, DispatchState.UNCERTAIN}
        assert taken[text] == 1 or (states[pk] == DispatchState.UNCERTAIN and taken[text] == 0), (text, states[pk])
