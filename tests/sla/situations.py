"""Telling the course of a conversation in a few words, and reading off what its clocks say then.

`mon 10:00 customer` is a step: a moment (UTC) in the week of Monday, 2 March 2026, `mon+1` being the Monday after,
and what happens then. Everything happens through the flows that the doors and the desk use.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.db import transaction

from csplatform.common import clock
from csplatform.conversations.actors import Actor
from csplatform.conversations.models import Conversation, Priority, Tag
from csplatform.conversations.services import lock
from csplatform.flows import assign, details, reply, status
from csplatform.flows.acknowledge import acknowledge
from csplatform.flows.merge import merge_contacts
from csplatform.flows.receive import receive
from csplatform.gateway.contract import Echo, HandleKind, Sender
from csplatform.knowledge.models import SystemText
from csplatform.sla.models import Calendar, CalendarDay, Clock, ClockKind, ClockState, Policy, PolicyTarget
from csplatform.sla.selectors import explain
from csplatform.sla.sweep import sweep
from tests.factories import make_account, make_contact, make_team, make_user, say

DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)


def moment(day: str, time: str) -> datetime:
    """Read `mon+1`, `10:00`."""
    name, _, week = day.partition("+")
    wall = datetime.fromisoformat(f"2026-03-02 {time}").replace(tzinfo=UTC)
    return wall + timedelta(days=DAYS.index(name), weeks=int(week or 0))


def told(at: datetime | None) -> str:
    """Write a moment as `moment` reads it, to the second where there are any."""
    if at is None:
        return "no deadline"
    weeks, day = divmod((at - MONDAY).days, 7)
    time = at.strftime("%H:%M:%S").removesuffix(":00")
    return f"{DAYS[day]}{f'+{weeks}' if weeks else ''} {time}"


def make_policy(name: str, *, minutes: dict[str, int], calendar: Calendar | None = None, **fields: Any) -> Policy:
    """Create a policy with its targets."""
    policy = Policy.objects.create(name=name, calendar=calendar, **fields)
    for kind, target in minutes.items():
        PolicyTarget.objects.create(policy=policy, kind=kind, minutes=target)
    return policy


class Course:
    """One conversation on an account for which these policies hold, in this order.

    Urgent: 15, 30 and 240 minutes of calendar time, never paused; for urgent conversations of any account.
    Billing: 240 minutes for the first response and nothing else, in office hours; for the team Billing.
    Standard: 60, 120 and 1080 minutes (two days) in office hours; for this account.
    The office works from Monday to Friday, 9:00 to 18:00; Thursday of the second week is a holiday.
    """

    def __init__(self) -> None:
        self.account, self.other_account = make_account(), make_account()
        self.billing = make_team("Billing")
        self.ann, self.bob = make_user(name="Ann"), make_user(name="Bob")
        self.office = Calendar.objects.create(name="Office", timezone="UTC")
        CalendarDay.objects.create(calendar=self.office, day=moment("thu+1", "00:00").date(), name="Founders' Day")
        make_policy(
            "Urgent",
            minutes={"first_response": 15, "next_response": 30, "resolution": 240},
            priorities=[Priority.URGENT], pause_when_pending=False, pause_when_snoozed=False, position=1,
        )  # fmt: skip
        billing = make_policy("Billing", minutes={"first_response": 240}, calendar=self.office, position=2)
        billing.teams.add(self.billing)
        self.standard = make_policy(
            "Standard",
            minutes={"first_response": 60, "next_response": 120, "resolution": 1080},
            calendar=self.office, position=3,
        )  # fmt: skip
        self.standard.accounts.add(self.account)
        self._specialise()
        self._conversation: int | None = None

    def _specialise(self) -> None:
        """Policies for what is special; they come before those above.

        VIP: 30 minutes in office hours, for that tier; it is not asked again when the language changes.
        Japanese: 45 minutes in office hours. Fraud: 5 minutes of calendar time, for that tag.
        Lunch, Madrid, Sydney, Sun: an hour for the first response, in the hours of these; for teams of these names.
        Phone: 10 minutes of calendar time in the queue; for the team of that name.
        Quick: 20 minutes of calendar time for a response, which may be an automatic one; for the team of that name.
        """
        vip = {"first_response": 30}
        make_policy(
            "VIP", minutes=vip, calendar=self.office, tiers=["vip"], retarget_on=["team", "priority", "tier", "tag"]
        )
        make_policy("Japanese", minutes={"first_response": 45}, calendar=self.office, languages=["ja"])
        make_policy("Fraud", minutes={"first_response": 5}).tags.add(Tag.objects.create(name="fraud"))
        week = [["09:00-18:00"]] * 5 + [[], []]
        hours = {
            "lunch": Calendar.objects.create(name="Lunch", weekly=[["09:00-12:00", "13:00-18:00"]] * 5 + [[], []]),
            "madrid": Calendar.objects.create(name="Madrid", weekly=week, country="ES", region="MD"),
            "sydney": Calendar.objects.create(name="Nights", timezone="Australia/Sydney", weekly=[["00:00-06:00"]] * 7),
            "sun": Calendar.objects.create(name="Tokyo", timezone="Asia/Tokyo", weekly=week),
        }
        for name, calendar in hours.items():
            policy = make_policy(name.title(), minutes={"first_response": 60}, calendar=calendar)
            setattr(self, name, make_team(name.title()))
            policy.teams.add(getattr(self, name))
        policy.more_calendars.add(self.office)
        self.phone = make_team("Phone")
        make_policy("Phone", minutes={"queue": 10}).teams.add(self.phone)
        self.quick = make_team("Quick")
        responses = {"first_response": 20, "next_response": 20}
        make_policy("Quick", minutes=responses, automatic_counts=True).teams.add(self.quick)

    @property
    def conversation(self) -> Conversation:
        return Conversation.objects.get(pk=self._conversation)

    def run(self, *steps: str) -> "Course":
        """Let every step happen at its moment."""
        for step in steps:
            day, time, what, *words = step.split()
            with clock.frozen(moment(day, time)):
                getattr(self, f"do_{what}")(*words)
        return self

    def do_customer(self, where: str = "") -> None:
        account = self.other_account if where == "elsewhere" else self.account
        self._conversation = say(account, sender="ada").conversation_id

    def do_machine(self) -> None:
        self._conversation = say(self.account, sender="ada", automatic=True).conversation_id

    def do_agent(self, name: str = "ann") -> None:
        reply.reply(self.conversation.pk, by=getattr(self, name), text="Hello", key=uuid4())

    @transaction.atomic
    def do_automatic(self) -> None:
        """The customer is told that the message has come."""
        SystemText.objects.get_or_create(key="received", defaults={"body_en": "We have your message."})
        self.account.acknowledge = True
        self.account.save()
        assert acknowledge(lock(self.conversation.pk))

    def do_elsewhere(self) -> None:
        """Somebody answers in the platform's own inbox."""
        person = Sender("ada", HandleKind.SOCIAL)
        receive(self.account, Echo(uuid4().hex, person, "Hello", sent_at=clock.now()))

    def do_note(self) -> None:
        reply.note(self.conversation.pk, by=self.ann, text="Hm", key=uuid4())

    def do_assign(self, name: str) -> None:
        assign.assign(self.conversation.pk, to=getattr(self, name, None), by=Actor.agent(self.ann))

    def do_tag(self, name: str) -> None:
        details.add_tag(self.conversation.pk, name, Actor.agent(self.ann))

    def do_untag(self, name: str) -> None:
        details.remove_tag(self.conversation.pk, name, Actor.agent(self.ann))

    def do_language(self, tag: str) -> None:
        details.set_language(self.conversation.pk, tag, Actor.agent(self.ann))

    def do_tier(self, tier: str) -> None:
        contact = self.conversation.contact
        contact.tier = tier
        contact.save()
        details.tier_changed(contact.pk)

    def do_merge(self) -> None:
        """The customer turns out to be a VIP."""
        vip = make_contact(tier="vip")
        merge_contacts(keep=vip.pk, other=self.conversation.contact_id, by=Actor.agent(self.ann))

    def do_colleague(self) -> None:
        """Ann writes as a customer, from home."""
        self._conversation = say(self.account, sender=self.ann.email).conversation_id

    def do_call(self) -> None:
        """A customer calls: a new conversation goes to the team at once."""
        self.do_customer()
        self.do_team("phone")

    def do_team(self, name: str) -> None:
        assign.hand_over(self.conversation.pk, to=getattr(self, name, None), by=Actor.agent(self.ann))

    def do_priority(self, name: str) -> None:
        details.set_priority(self.conversation.pk, Priority[name.upper()], Actor.agent(self.ann))

    def do_snooze(self, day: str, time: str) -> None:
        status.snooze(self.conversation.pk, until=moment(day, time), by=Actor.agent(self.ann))

    def do_wake(self) -> None:
        assert status.wake_due() == 1

    def do_resolve(self) -> None:
        self._by_ann(status.resolve)

    def do_pending(self) -> None:
        self._by_ann(status.set_pending)

    def do_reopen(self) -> None:
        self._by_ann(status.reopen)

    def do_spam(self) -> None:
        self._by_ann(status.mark_spam)

    def do_sweep(self) -> None:
        sweep()

    def do_edit_calendar(self) -> None:
        """An administrator lets the office close at noon."""
        self.office.weekly = [["09:00-12:00"]] * 5 + [[], []]
        self.office.save()

    def do_edit(self) -> None:
        """An administrator allows five minutes for everything and closes the office on Tuesday."""
        self.standard.targets.update(minutes=5)
        CalendarDay.objects.create(calendar=self.office, day=moment("tue", "00:00").date())

    def _by_ann(self, move: Callable[..., Conversation]) -> None:
        move(self.conversation.pk, by=Actor.agent(self.ann))

    def clocks(self) -> list[str]:
        """What every clock says, in the order of their start; the time in queue only where a target is set for it."""
        shown = Clock.objects.exclude(kind=ClockKind.QUEUE, due_at=None, breached_at=None)
        return [describe(clock) for clock in shown.order_by("cycle", "started_at", "kind")]

    def longest_story(self) -> list[str]:
        """The explanation of the clock with the most to tell, the first of several: a line a step."""
        clocks = Clock.objects.order_by("cycle", "started_at", "kind")
        stories = [(explain(clock), clock) for clock in clocks]
        if not stories:
            return []
        story, clock = max(stories, key=lambda told: len(told[0]))
        steps = [f"{told(step.at)}: {step.text} → {told(step.due_at)}" for step in story]
        return [str(clock.get_kind_display()), *steps]


def read_explanations(path: Path) -> dict[str, list[str]]:
    """What is expected of `Course.longest_story`, by the name of the situation: after `## name`, a line a step."""
    stories: dict[str, list[str]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            stories[line.removeprefix("## ")] = story = []
        elif line:
            story.append(line)
    return stories


def describe(clock: Clock) -> str:
    """Tell a clock in a line: kind, cycle, state, deadline, alarms, credit."""
    words = [f"{clock.kind.replace('_', ' ')} {clock.cycle} {clock.state}"]
    since = clock.met_at or clock.cancelled_at or clock.paused_since
    if since:
        words[0] += f" {told(since)}"
    if clock.state == ClockState.PAUSED and clock.remaining is not None:
        words.append(f"{clock.remaining / timedelta(minutes=1):g} min left")
    else:
        words.append("no deadline" if clock.due_at is None else f"due {told(clock.due_at)}")
    if clock.warned_at:
        words.append(f"warned {told(clock.warned_at)}")
    if clock.breached_at:
        words.append(f"missed {told(clock.breached_at)}")
    if clock.credited_to:
        words.append(f"by {clock.credited_to.name}")
    return ", ".join(words)
