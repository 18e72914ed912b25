"""2,000 mails into Dovecot while whatever fetches them is killed and its connection broken: every one is here, once."""

import json
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random, SystemRandom

import pytest
from pytest_django.plugin import DjangoDbBlocker

from csplatform.conversations.models import Message, MessageKind
from csplatform.gateway.models import ChannelAccount, InboundDelivery
from tests.channels_email.mailboxes import needs_dovecot, settings_for
from tests.channels_email.mails import mail
from tests.embedded.waiting import wait_until
from tests.platforms.dovecot import PASSWORD, USER, Dovecot
from tests.platforms.proxy import Proxy
from tests.stack.settling import assert_said_once, settle
from tests.stack.stack import ROOT, Stack

pytestmark = [pytest.mark.stack, pytest.mark.timeout(600), needs_dovecot]

MAILS = 2000
# Every so many has no Message-ID.
NAMELESS = 10
# So many are put into the mailbox at a time, with a pause (seconds) after them.
HANDFUL, PAUSE = 20, 0.25
PROGRAMS = ("worker", "beat", "watch")
# What is killed or broken: the watch's and the fetches' connections, a worker's process that fetches, and programs.
KINDS = ("line", "fetcher", "worker", "watch", "beat")
WEIGHTS = (6, 3, 1, 1, 1)
# The longest that things are broken: on a slow machine nothing would ever come to an end.
LONGEST_RAGE = 30
RECOVERY = 300


@pytest.fixture
def seed() -> int:
    """A new one each time; CHAOS_SEED repeats an earlier run's choices."""
    seed = int(os.environ.get("CHAOS_SEED") or SystemRandom().randrange(10**6))
    print(f"CHAOS_SEED={seed}")  # noqa: T201 - pytest shows it where the test fails
    return seed


@pytest.fixture
def stack(tmp_path: Path, django_db_blocker: DjangoDbBlocker) -> Iterator[Stack]:
    """Only what mail by IMAP needs."""
    stack = Stack(tmp_path, django_db_blocker)
    try:
        stack.open(*PROGRAMS)
        yield stack
    finally:
        stack.close()


@pytest.fixture
def dovecot() -> Iterator[Dovecot]:
    with Dovecot() as server:
        yield server


class Postman(threading.Thread):
    """Puts mails into the mailbox, some at a time."""

    def __init__(self, server: Dovecot) -> None:
        super().__init__(daemon=True)
        self._client = server.client()
        self.texts = [f"letter {number}" for number in range(MAILS)]

    def run(self) -> None:
        for at in range(0, MAILS, HANDFUL):
            self._client.multiappend("INBOX", [_letter(number) for number in range(at, at + HANDFUL)])
            time.sleep(PAUSE)
        self._client.logout()


def _letter(number: int) -> bytes:
    name = "-" if number % NAMELESS == 0 else f"<{number}@customer.example>"
    sender = f"From: customer{number % 50}@customer.example"
    return mail(f"Message-ID: {name}", sender, f"Subject: Letter {number}", body=f"letter {number}\r\n")


class Chaos:
    """Kills and breaks things as a seed has it."""

    def __init__(self, stack: Stack, line: Proxy, seed: int) -> None:
        self._stack = stack
        self._line = line
        self._random = Random(seed)
        self.done: Counter[str] = Counter()

    def rage(self) -> None:
        """Break each thing once, with mail coming in between, then something every second or so until all is here."""
        for what in self._random.sample(KINDS, len(KINDS)):
            wait_until(lambda what=what: self._breaks(what), seconds=RECOVERY)  # type: ignore[misc]
            before = self._fetched()
            wait_until(lambda before=before: self._fetched() > before or before == MAILS, seconds=RECOVERY)  # type: ignore[misc]
        began = time.monotonic()
        while self._fetched() < MAILS and time.monotonic() - began < LONGEST_RAGE:
            time.sleep(self._random.uniform(0.3, 0.9))
            self._breaks(*self._random.choices(KINDS, WEIGHTS))

    def _fetched(self) -> int:
        with self._stack.database():
            return InboundDelivery.objects.count()

    def _breaks(self, what: str) -> bool:
        """Kill or break something, if it is there: killing what is only just starting proves nothing."""
        program = "worker" if what == "fetcher" else what
        happened = what == "line" or self._stack.is_up(program)
        if what == "line":
            self._line.break_after(self._random.randrange(20_000))  # within a greeting, a list, or a mail
        elif happened:
            self._stack.kill(program, child=what == "fetcher")
        self.done[what] += happened
        return happened


def _open_account(stack: Stack, port: int) -> None:
    credentials = {"imap_user": USER, "imap_password": PASSWORD}
    with stack.database():
        ChannelAccount.objects.create(
            channel="email", name="Support", address=USER, credentials=credentials, settings=settings_for(port)
        )


def _reconciled(stack: Stack) -> tuple[int, list[dict[str, object]]]:
    command = [sys.executable, "manage.py", "reconcile_mail", "--json"]
    done = subprocess.run(command, cwd=ROOT, env=stack.environ, stdout=subprocess.PIPE, text=True, check=False)
    return done.returncode, json.loads(done.stdout)[0]["folders"]


def test_every_mail_is_here_once(stack: Stack, dovecot: Dovecot, seed: int) -> None:
    postman = Postman(dovecot)
    with Proxy(dovecot.port) as line:
        chaos = Chaos(stack, line, seed)
        _open_account(stack, line.port)
        postman.start()
        chaos.rage()
        began = time.monotonic()
        with stack.database():
            wait_until(lambda: InboundDelivery.objects.count() >= MAILS, seconds=RECOVERY)
        settle(stack, seconds=RECOVERY)
        chaos.done["line"] = line.broken
        print(dict(chaos.done), f"{time.monotonic() - began:.0f} s to recover")  # noqa: T201 - how hard a time it was
        code, folders = _reconciled(stack)
    assert all(chaos.done[what] for what in KINDS)
    with stack.database():
        assert InboundDelivery.objects.count() == MAILS
        assert Message.objects.filter(kind=MessageKind.CUSTOMER).count() == MAILS
        assert_said_once(postman.texts)
    assert code == 0
    assert [(folder["on_server"], folder["stored"], folder["missing"]) for folder in folders] == [(MAILS, MAILS, [])]
