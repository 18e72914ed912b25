"""Asking a platform who somebody is, and showing the customer that somebody is there."""

from collections import deque
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from csplatform.common import clock
from csplatform.contacts.models import Contact, Handle
from csplatform.flows import profiles, signals
from csplatform.gateway.contract import AccountConfig, Profile
from csplatform.gateway.errors import SendFailed, SendUnavailable
from tests.factories import make_account, make_user, say
from tests.loopback import LoopbackChannel

pytestmark = pytest.mark.django_db
KNOWN = Profile("王芳", "zh-Hans", "Asia/Shanghai")


@pytest.fixture
def answers() -> deque[Profile | Exception]:
    """What the platform says next."""
    return deque()


@pytest.fixture
def shown() -> list[tuple[str, ...]]:
    """What customers were shown."""
    return []


@pytest.fixture(autouse=True)
def talkative(
    monkeypatch: pytest.MonkeyPatch, answers: deque[Profile | Exception], shown: list[tuple[str, ...]]
) -> None:
    def profile(_account: AccountConfig, _person: str) -> Profile:
        answer = answers.popleft()
        if isinstance(answer, Exception):
            raise answer
        return answer

    def mark_read(_account: AccountConfig, person: str, message: str) -> None:
        shown.append(("read", person, message))

    def typing(_account: AccountConfig, person: str) -> None:
        shown.append(("typing", person))
        raise SendFailed("not now")

    abilities = replace(LoopbackChannel.abilities, profile=profile, mark_read=mark_read, typing=typing)
    monkeypatch.setattr(LoopbackChannel, "abilities", abilities)


def newcomer(rung: Any, name: str = "") -> Handle:
    with rung():
        message = say(make_account(), name=name)
    assert message.handle_id is not None
    return Handle.objects.select_related("contact").get(pk=message.handle_id)


def test_a_newcomer_is_asked_about_once(answers: deque[Profile | Exception], rung: Any) -> None:
    answers.append(KNOWN)
    handle = newcomer(rung)
    assert handle.name == handle.contact.name == "王芳"
    assert (handle.contact.timezone, handle.profile_due_at) == ("Asia/Shanghai", None)
    with rung():
        say(handle.account, "Again")
    assert not answers


def test_what_is_known_stays(answers: deque[Profile | Exception], rung: Any) -> None:
    answers.append(Profile("Somebody", "", "Nowhere"))
    handle = newcomer(rung, "Ada")
    assert (handle.name, handle.contact.name) == ("Ada", "Ada")


def test_a_busy_platform_is_asked_again_and_not_for_ever(answers: deque[Profile | Exception], rung: Any) -> None:
    answers += [SendUnavailable("busy", retry_after=120), SendUnavailable("busy")]
    handle = newcomer(rung)
    assert handle.profile_due_at is not None
    assert handle.profile_due_at > clock.now() + timedelta(seconds=100)
    assert profiles.ring_waiting() == 0
    Handle.objects.update(created_at=clock.now() - timedelta(hours=2))
    profiles.ask(handle.pk)
    handle.refresh_from_db()
    assert handle.profile_due_at is None


def test_a_refusal_is_final(answers: deque[Profile | Exception], rung: Any) -> None:
    answers.append(SendFailed("no such person"))
    assert newcomer(rung).profile_due_at is None
    assert Contact.objects.get().name == ""


def test_a_lost_ring_is_made_up_for(answers: deque[Profile | Exception], rung: Any) -> None:
    answers.append(KNOWN)
    handle = say(make_account(), name="").handle
    assert handle is not None
    Handle.objects.update(profile_due_at=clock.now())
    with rung():
        assert profiles.ring_waiting() == 1
    handle.refresh_from_db()
    assert handle.name == "王芳"


def test_the_customer_is_shown_signs_and_failures_are_silent(shown: list[tuple[str, ...]], rung: Any) -> None:
    message = say(make_account(), external_id="m-1")
    with rung():
        signals.typing(message.conversation, by=make_user())
        signals.typing(message.conversation, by=make_user())
        signals.read(message.conversation)
    assert shown == [("typing", "ada"), ("read", "ada", "m-1")]


def test_a_platform_without_signs_is_not_asked(
    shown: list[tuple[str, ...]], rung: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LoopbackChannel, "abilities", replace(LoopbackChannel.abilities, typing=None, mark_read=None))
    message = say(make_account())
    with rung():
        signals.typing(message.conversation, by=make_user())
        signals.read(message.conversation)
    assert shown == []
