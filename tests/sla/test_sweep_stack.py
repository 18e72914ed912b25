"""Deadlines kept by real processes: beat, a worker for clocks, and a worker that is busy with something else."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

import pytest
from celery import Celery
from django.conf import settings
from django.db import connection

from csplatform.common import clock
from csplatform.conversations.models import Conversation, EventVerb
from csplatform.embedded.processes import end_group, end_with_parent
from csplatform.gateway.models import ChannelAccount
from csplatform.sla.models import Clock, ClockEvent, ClockEventKind, ClockKind
from tests.factories import make_account, say
from tests.sla.situations import make_policy

ROOT = Path(__file__).resolve().parents[2]
MINUTE = timedelta(minutes=1)
ALLOWED = timedelta(seconds=2)
STARTING_SECONDS = 60

pytestmark = [pytest.mark.stack, pytest.mark.timeout(240), pytest.mark.django_db(transaction=True)]


class Stack:
    """Celery processes on the test's databases; whatever is started is ended with the test."""

    def __init__(self, directory: Path, stack: ExitStack) -> None:
        self.directory = directory
        self.prefix = f"stack-{uuid4().hex}:"
        self._stack = stack
        options = settings.CELERY_BROKER_TRANSPORT_OPTIONS | {"global_keyprefix": self.prefix}
        self.broker = Celery(broker=settings.CELERY_BROKER_URL, broker_transport_options=options, set_as_current=False)

    def worker(self, queue: str) -> subprocess.Popen[bytes]:
        return self._start(queue, "worker", "-Q", queue, "-c", "1", "-n", f"{queue}@{self.prefix[:-1]}")

    def beat(self) -> subprocess.Popen[bytes]:
        return self._start("beat", "beat", "-s", str(self.directory / "schedule"), "--pidfile=")

    def occupy_default(self) -> Path:
        """Give the default worker something to do for ever, and something to do afterwards: the sign that it got to."""
        busy, idle = self.directory / "busy", self.directory / "idle"
        for sign in (busy, idle):
            self.broker.send_task("tests.stack_tasks.occupy", args=[str(sign), 3600], queue="default")
        wait_until(busy.exists, STARTING_SECONDS)
        return idle

    def _start(self, name: str, *arguments: str) -> subprocess.Popen[bytes]:
        with (self.directory / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "celery", "--quiet", "-A", "csplatform", *arguments],
                cwd=ROOT, env=self._environment(), stdout=log, stderr=log, start_new_session=True,
                preexec_fn=end_with_parent(signal.SIGKILL),
            )  # fmt: skip
        self._stack.callback(kill, process)
        return process

    def _environment(self) -> dict[str, str]:
        database = connection.settings_dict
        login = f"{quote(database['USER'])}:{quote(database['PASSWORD'])}"
        return os.environ | {
            "DJANGO_SETTINGS_MODULE": "tests.stack_settings",
            "DATABASE_URL": f"postgresql://{login}@{database['HOST']}:{database['PORT']}/{database['NAME']}",
            "STACK_PREFIX": self.prefix,
            "PYTHONPATH": str(ROOT),
        }


def kill(process: subprocess.Popen[bytes]) -> None:
    """End a process and the pool it started, as a crash would."""
    end_group(process.pid, signal.SIGKILL)
    process.wait(10)


def wait_until(condition: Callable[[], object], seconds: float) -> None:
    """Return once `condition` holds; fail after `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    with ExitStack() as exits:
        yield Stack(tmp_path, exits)


@pytest.fixture
def account() -> ChannelAccount:
    make_policy("Minute", minutes={"first_response": 1})
    return make_account()


def due_in(seconds: float, account: ChannelAccount) -> Conversation:
    """A conversation whose first response is due so many seconds from now."""
    with clock.frozen(clock.now() - MINUTE + timedelta(seconds=seconds)):
        return say(account, sender=uuid4().hex).conversation


def lines(conversation: Conversation, kind: ClockEventKind) -> list[ClockEvent]:
    return list(ClockEvent.objects.filter(clock__conversation=conversation, kind=kind))


def breach_of(conversation: Conversation, within: float) -> ClockEvent:
    """Wait for the breach to be recorded, and return its line."""
    wait_until(lambda: lines(conversation, ClockEventKind.BREACHED), within)
    [line] = lines(conversation, ClockEventKind.BREACHED)
    return line


def test_a_breach_is_recorded_in_time_beside_a_busy_worker_and_after_a_restart_of_beat(
    stack: Stack, account: ChannelAccount
) -> None:
    stack.worker("default")
    stack.worker("clocks")
    beat = stack.beat()
    breach_of(due_in(0, account), within=STARTING_SECONDS)
    idle = stack.occupy_default()

    during = due_in(3, account)
    assert breach_of(during, within=10).recorded_at - deadline(during) <= ALLOWED

    kill(beat)
    unwatched = due_in(2, account)
    wait_until(lambda: clock.now() > deadline(unwatched) + ALLOWED, 10)
    assert lines(unwatched, ClockEventKind.BREACHED) == []
    stack.beat()
    breach_of(unwatched, within=STARTING_SECONDS)
    after = due_in(3, account)
    assert breach_of(after, within=10).recorded_at - deadline(after) <= ALLOWED

    assert not idle.exists(), "the default worker was meant to be busy all the time"
    for conversation in Conversation.objects.all():
        assert len(lines(conversation, ClockEventKind.BREACHED)) == 1
        assert conversation.messages.filter(verb=EventVerb.SLA_BREACHED).count() == 1


def deadline(conversation: Conversation) -> datetime:
    first = Clock.objects.get(conversation=conversation, kind=ClockKind.FIRST_RESPONSE)
    assert first.due_at is not None
    return first.due_at
