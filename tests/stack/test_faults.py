"""A database goes away, falls silent or restarts; a worker dies: nobody has to do anything, and nothing is lost."""

import os
import signal
import smtplib
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
import redis
from websockets.exceptions import WebSocketException

from csplatform.conversations.models import Message, MessageKind, MessageState
from csplatform.embedded.ports import LOOPBACK
from csplatform.embedded.server import LocalServer
from tests.embedded.waiting import wait_until
from tests.platforms.base import PATIENCE
from tests.stack.company import MAILBOX, Company
from tests.stack.customers import Crowd, Socket, mail
from tests.stack.settling import assert_numbered_without_gap, assert_said_once, settle
from tests.stack.stack import AGENT, AGENT_PASSWORD, USUAL, Agent, Stack

pytestmark = [pytest.mark.stack, pytest.mark.timeout(600)]

# How long (seconds) something stays away, and how long things may take to come right by themselves.
OUTAGE = 12
RECOVERY = 120


@contextmanager
def nobody_dies(stack: Stack) -> Iterator[None]:
    """Every program comes through in the process it began with."""
    wait_until(lambda: all(map(stack.is_up, USUAL)), seconds=RECOVERY)
    before = {name: stack.processes(name)[0].pid for name in USUAL}
    yield
    assert {name: stack.processes(name)[0].pid for name in USUAL} == before


@contextmanager
def away(server: LocalServer, *, seconds: float) -> Iterator[None]:
    """A database is stopped cleanly, and comes back after `seconds` at the earliest."""
    server.stop()
    until = time.monotonic() + seconds
    try:
        yield
        time.sleep(max(until - time.monotonic(), 0))
    finally:
        server.start()


def conversation_of(stack: Stack, company: Company, topic: str) -> int:
    """Let somebody write by Telegram; returns the conversation once it is there."""
    crowd = Crowd(company, topic)
    crowd.add("telegram", people=1, messages=1)
    crowd.start()
    crowd.disperse()
    return _conversation(stack, crowd.texts[0])


def _conversation(stack: Stack, text: str) -> int:
    with stack.database():
        wait_until(lambda: Message.objects.filter(text=text).exists(), seconds=RECOVERY)
        return Message.objects.get(text=text).conversation_id


def wait_for_state(stack: Stack, message: int, state: MessageState) -> None:
    """Wait until a reply's state is `state`."""
    with stack.database():
        wait_until(lambda: Message.objects.get(pk=message).state == state, seconds=RECOVERY)


def times_taken(company: Company, text: str) -> int:
    """How often Telegram accepted `text`."""
    return sum(item.text == text for item in company.telegram.taken)


def test_valkey_away_only_delays(stack: Stack, company: Company, agent: Agent) -> None:
    conversation = conversation_of(stack, company, "before valkey went")
    crowd = Crowd(company, "without valkey")
    for kind in ("telegram", "whatsapp", "mail", "mail-without-id", "chat"):
        crowd.add(kind, people=2, messages=3)
    with nobody_dies(stack):
        with away(stack.valkey, seconds=OUTAGE):
            crowd.start()
            replies = {text: agent.reply(conversation, text) for text in ("away one", "away two")}
            crowd.disperse()
            assert_pages_answer(stack)
        settle(stack, seconds=RECOVERY)
    for member in crowd.members:
        assert member.tries == len(member.says)
    with stack.database():
        assert_said_once(crowd.texts)
        assert_numbered_without_gap()
        states = Message.objects.filter(pk__in=replies.values()).values_list("state", flat=True)
        assert set(states) == {MessageState.ACCEPTED}
    assert [times_taken(company, text) for text in replies] == [1, 1]


def assert_pages_answer(stack: Stack) -> None:
    """An agent can log in and open the inbox."""
    with httpx.Client(base_url=stack.url, timeout=PATIENCE, follow_redirects=True) as browser:
        assert browser.get("/healthz").status_code == 200
        assert browser.get("/accounts/login/").status_code == 200
        form = {"login": AGENT, "password": AGENT_PASSWORD, "csrfmiddlewaretoken": browser.cookies["csrftoken"]}
        inbox = browser.post("/accounts/login/", data=form, headers={"Referer": stack.url})
        assert (inbox.status_code, "sessionid" in browser.cookies) == (200, True)
        assert not inbox.url.path.startswith("/accounts/")


def test_open_chat_hears_answers_after_valkey_was_away(stack: Stack, company: Company, agent: Agent) -> None:
    crowd = Crowd(company, "an open chat")
    crowd.add("socket", people=1, messages=1)
    page = crowd.members[0].door
    assert isinstance(page, Socket)
    wait_until(lambda: page.try_once(0, crowd.texts[0]))
    conversation = _conversation(stack, crowd.texts[0])
    with away(stack.valkey, seconds=3):
        pass
    agent.reply(conversation, "are you still there?")
    wait_until(lambda: _hears(page, "are you still there?"), seconds=RECOVERY)
    page.leave()


def _hears(page: Socket, text: str) -> bool:
    """Listen a while as the page does: open the line again only when it breaks."""
    try:
        return page.hear(lambda frame: any(line["text"] == text for line in frame.get("lines", ())), seconds=30)
    except (WebSocketException, ConnectionError):
        page.leave()
        return False


def test_silent_valkey_keeps_no_platform_waiting(stack: Stack, company: Company) -> None:
    crowd = Crowd(company, "silence")
    for kind in ("telegram", "whatsapp", "mail"):
        crowd.add(kind, people=2, messages=3)
    pid = stack.valkey.pid
    assert pid is not None
    with nobody_dies(stack):
        os.kill(pid, signal.SIGSTOP)
        try:
            crowd.start()
            crowd.disperse()
        finally:
            os.kill(pid, signal.SIGCONT)
        settle(stack, seconds=RECOVERY)
    for member in crowd.members:
        assert member.tries == len(member.says)
        assert max(member.answers) < PATIENCE
    with stack.database():
        assert_said_once(crowd.texts)


def test_postgres_restart_is_told_and_outlived(stack: Stack, company: Company, agent: Agent) -> None:
    conversation = conversation_of(stack, company, "before postgres went")
    crowd = Crowd(company, "around a restart", pause=1)
    for kind in ("telegram", "whatsapp", "mail", "mail-without-id", "chat", "socket"):
        crowd.add(kind, people=2, messages=5)
    reply = agent.reply(conversation, "just before the restart")
    with nobody_dies(stack):
        crowd.start()
        time.sleep(1)
        with away(stack.postgres, seconds=2):
            assert company.telegram.deliver(company.telegram.update()).status_code == 503
            assert not stack.is_healthy()
            with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
                _send_mail(stack)
            assert {code for code, _why in refused.value.recipients.values()} == {451}
        crowd.disperse()
        settle(stack, seconds=RECOVERY)
    with stack.database():
        assert_said_once(crowd.texts)
        assert_numbered_without_gap()
    wait_for_state(stack, reply, MessageState.ACCEPTED)
    assert times_taken(company, "just before the restart") == 1


def _send_mail(stack: Stack) -> None:
    sender = "impatient@home.example"
    with smtplib.SMTP(LOOPBACK, stack.mail_port, timeout=PATIENCE) as server:
        server.sendmail(sender, [MAILBOX], mail(sender, "never repeated", with_id=True))


def test_worker_killed_in_mid_send_leaves_an_uncertain_message(stack: Stack, company: Company, agent: Agent) -> None:
    conversation = conversation_of(stack, company, "before the worker died")
    company.telegram.hang()
    reply = agent.reply(conversation, "perhaps")
    wait_until(lambda: times_taken(company, "perhaps"), seconds=RECOVERY)
    stack.kill("worker")
    wait_for_state(stack, reply, MessageState.UNCERTAIN)
    later = agent.reply(conversation, "certainly")
    wait_for_state(stack, later, MessageState.ACCEPTED)
    assert (times_taken(company, "perhaps"), times_taken(company, "certainly")) == (1, 1)
    with stack.database():
        assert Message.objects.filter(kind=MessageKind.REPLY, text="perhaps").get().state == MessageState.UNCERTAIN


def test_clean_restart_of_valkey_keeps_what_is_queued(stack: Stack, company: Company, agent: Agent) -> None:
    conversation = conversation_of(stack, company, "before the queue was kept")
    stack.stop()
    try:
        reply = agent.reply(conversation, "from the queue")
        queued = _queue_length(stack)
        assert queued > 0
        with away(stack.valkey, seconds=0):
            pass
        assert _queue_length(stack) == queued
        stack.start("worker")  # and no beat, whose sweeps would find the reply without any queue
        wait_for_state(stack, reply, MessageState.ACCEPTED)
    finally:
        stack.stop()
        stack.start()
    assert times_taken(company, "from the queue") == 1


def _queue_length(stack: Stack) -> int:
    with redis.Redis.from_url(stack.valkey.url) as client:
        return int(client.llen("default"))
