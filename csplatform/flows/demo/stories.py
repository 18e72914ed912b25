"""The demo's conversations, read from stories/*.toml and played through the flows at the time they happened.

A story is told on an account (`on`), by a customer (`name`, `id`, perhaps `language`), beginning `days` ago `at` a
time (UTC) or `ago` minutes before now. Each step comes `after` minutes, two unless said otherwise, and is one of

    say        the customer writes
    reply      the agent `by` answers           note       … leaves a note
    tag        … files it under a tag           priority   … gives it a priority
    hand_over  … moves it to a team's queue     resolve, pending, spam
"""

import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from importlib.resources import files
from typing import Any
from uuid import uuid4

from csplatform.common import clock
from csplatform.conversations.actors import Actor
from csplatform.conversations.models import Dispatch, DispatchState, Message
from csplatform.flows import assign, details, reply, status
from csplatform.flows.demo.company import Staff
from csplatform.flows.receipts import apply_receipt, show_state
from csplatform.flows.receive import receive
from csplatform.gateway.contract import HandleKind, InboundMessage, Receipt, ReceiptState, Sender
from csplatform.gateway.ids import stable_id
from csplatform.people.models import User

DEFAULT_PAUSE = 2
KINDS = {
    "email": HandleKind.EMAIL,
    "webchat": HandleKind.VISITOR,
    "telegram": HandleKind.SOCIAL,
    "whatsapp": HandleKind.PHONE,
}


@dataclass(frozen=True, slots=True)
class Story:
    """One conversation to be played; `begins` is timezone-aware, `number` makes its ids its own."""

    number: int
    begins: datetime
    channel: str
    sender: Sender
    subject: str
    steps: tuple[Mapping[str, Any], ...]


def all_stories(now: datetime) -> list[Story]:
    """Return the stories in the order in which they began, seen from `now`."""
    told = sorted(_read(now), key=lambda pair: pair[0])
    return [_story(number, begins, raw) for number, (begins, raw) in enumerate(told, start=1)]


def play(story: Story, staff: Staff) -> None:
    """Let the story happen: each step through its flow, with the clock set to its moment. Needs a transaction."""
    moment = story.begins
    conversation_id = 0
    for count, step in enumerate(story.steps):
        moment += timedelta(minutes=step.get("after", DEFAULT_PAUSE if count else 0))
        with clock.frozen(moment):
            if "say" in step:
                conversation_id = _say(story, staff, count, step["say"])
            else:
                _work(conversation_id, step, staff, story.channel)


def _read(now: datetime) -> Iterator[tuple[datetime, dict[str, Any]]]:
    for source in files(__package__).joinpath("stories").iterdir():
        for raw in tomllib.loads(source.read_text("utf-8"))["story"]:
            yield _beginning(raw, now), raw


def _beginning(raw: Mapping[str, Any], now: datetime) -> datetime:
    if "ago" in raw:
        return now - timedelta(minutes=raw["ago"])
    day = (now - timedelta(days=raw["days"])).date()
    return datetime.combine(day, time.fromisoformat(raw["at"]), now.tzinfo)


def _story(number: int, begins: datetime, raw: Mapping[str, Any]) -> Story:
    channel = raw["on"]
    sender = Sender(raw["id"], KINDS[channel], name=raw["name"], language=raw.get("language", ""))
    return Story(number, begins, channel, sender, raw.get("subject", ""), tuple(raw["steps"]))


def _say(story: Story, staff: Staff, count: int, text: str) -> int:
    """Let the customer write; by mail, what comes later refers to what came first."""
    event = InboundMessage(
        external_id=f"demo-{story.number}-{count}",
        sender=story.sender,
        text=text,
        sent_at=clock.now(),
        subject=story.subject and (f"Re: {story.subject}" if count else story.subject),
        thread_refs=(f"demo-{story.number}-0",) if count else (),
    )
    message = receive(staff.accounts[story.channel], event)
    assert message is not None
    return message.conversation_id


def _work(conversation_id: int, step: Mapping[str, Any], staff: Staff, channel: str) -> None:
    person = staff.people[step["by"]]
    verb = next(verb for verb in _WORK if verb in step)
    _WORK[verb](conversation_id, step[verb], person, staff)
    if verb == "reply":
        _settle(conversation_id, channel)


def _answer(conversation_id: int, text: str, person: User, staff: Staff) -> None:
    reply.reply(conversation_id, by=person, text=text, key=uuid4())


def _note(conversation_id: int, text: str, person: User, staff: Staff) -> None:
    reply.note(conversation_id, by=person, text=text, key=uuid4())


def _tag(conversation_id: int, name: str, person: User, staff: Staff) -> None:
    details.add_tag(conversation_id, name, Actor.agent(person))


def _priority(conversation_id: int, priority: int, person: User, staff: Staff) -> None:
    details.set_priority(conversation_id, priority, Actor.agent(person))


def _hand_over(conversation_id: int, team: str, person: User, staff: Staff) -> None:
    assign.hand_over(conversation_id, to=staff.teams[team], by=Actor.agent(person))


def _resolve(conversation_id: int, _yes: bool, person: User, staff: Staff) -> None:
    status.resolve(conversation_id, by=Actor.agent(person))


def _pending(conversation_id: int, _yes: bool, person: User, staff: Staff) -> None:
    status.set_pending(conversation_id, by=Actor.agent(person))


def _spam(conversation_id: int, _yes: bool, person: User, staff: Staff) -> None:
    status.mark_spam(conversation_id, by=Actor.agent(person))


_WORK: dict[str, Callable[[int, Any, User, Staff], None]] = {
    "reply": _answer,
    "note": _note,
    "tag": _tag,
    "priority": _priority,
    "hand_over": _hand_over,
    "resolve": _resolve,
    "pending": _pending,
    "spam": _spam,
}


def _settle(conversation_id: int, channel: str) -> None:
    """Write down that the platform took the newest reply, and how far it got where the platform tells."""
    message = Message.objects.filter(conversation_id=conversation_id, dispatches__isnull=False).latest("seq")
    for dispatch in message.dispatches.all():
        Dispatch.objects.filter(pk=dispatch.pk).update(
            state=DispatchState.ACCEPTED, attempts=1, external_id=stable_id(f"demo-sent-{dispatch.key}")
        )
    show_state(message)
    if channel in {"webchat", "whatsapp"}:
        assert message.account is not None
        for dispatch in message.dispatches.all():
            apply_receipt(message.account, Receipt(dispatch.external_id, ReceiptState.READ, clock.now()))
