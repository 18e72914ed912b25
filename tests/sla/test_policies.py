"""Which policy is taken, whose hours count, and which changes move a deadline."""

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from csplatform.common import clock
from csplatform.contacts.models import Tier
from csplatform.conversations.actors import Actor
from csplatform.conversations.models import Conversation, EventVerb, Message, Tag
from csplatform.desk.history import sentence
from csplatform.flows import assign, details
from csplatform.flows.batch import Arrival, Batch
from csplatform.flows.merge import merge_contacts
from csplatform.sla.models import Calendar, CalendarDay, Change, Clock, ClockKind, TeamCalendar, Terms
from csplatform.sla.policies import Facts, Policies
from tests.factories import inbound, make_account, make_contact, make_team, make_user, say
from tests.sla.situations import Course, make_policy, moment, told

pytestmark = pytest.mark.django_db
FACTS = Facts(account_id=1, team_id=None, priority=20, tier="standard", language="en")


def taken(**facts: Any) -> str | None:
    values = {name: getattr(FACTS, name) for name in Facts.__slots__} | facts
    policy = Policies().match(Facts(**values))
    return policy.name if policy else None


def test_tier_language_and_tag_choose_a_policy_by_position() -> None:
    make_policy("VIP in Spanish", minutes={}, tiers=["vip"], languages=["es"], position=1)
    make_policy("VIP", minutes={}, tiers=["vip", "premium"], position=2)
    make_policy("Brazil", minutes={}, languages=["pt-BR"], position=3)
    make_policy("Portuguese, Chinese", minutes={}, languages=["pt", "zh-Hans"], position=4)
    fraud = Tag.objects.create(name="fraud")
    make_policy("Fraud", minutes={}, position=5).tags.add(fraud, Tag.objects.create(name="stolen"))
    assert taken(tier="vip", language="es-MX") == "VIP in Spanish"
    assert taken(tier="vip", language="en") == taken(tier="premium", language="es") == "VIP"
    assert taken(language="pt-BR") == "Brazil"
    assert taken(language="pt-PT") == taken(language="pt") == taken(language="zh-Hans") == "Portuguese, Chinese"
    assert taken(tag_ids=frozenset({fraud.pk})) == "Fraud"
    assert taken(language="zh-Hant") is None
    assert taken(language="") is None


def test_many_conversations_are_matched_with_as_many_statements_as_one() -> None:
    make_policy("Fraud", minutes={}, position=1).tags.add(Tag.objects.create(name="fraud"))
    for number, language in enumerate(["es", "ja", "ar", "en"]):
        make_policy(f"In {language}", minutes={"first_response": 60}, languages=[language], position=2 + number)
    account = make_account()
    texts = {"es": "Hola, no puedo entrar en mi cuenta desde ayer", "en": "Hello, I cannot log in since yesterday"}
    counts = []
    for each in (1, 12):
        people = [(f"{each}-{tag}-{number}", text) for number in range(each) for tag, text in texts.items()]
        arrivals = [Arrival(inbound(text, sender=sender)) for sender, text in people]
        batch = Batch(account, arrivals)
        with CaptureQueriesContext(connection) as queries:
            for arrival in arrivals:
                batch.receive(arrival)
            batch.save()
        counts.append(len([query for query in queries if '"sla_policy' in query["sql"]]))
    languages = {terms.name for terms in Terms.objects.all()}
    assert languages == {"In es", "In en"}
    assert counts == [5, 5]


def deadline(conversation: Conversation, kind: str = "first_response") -> str:
    return told(Clock.objects.get(conversation=conversation, kind=kind, state__in=["running", "met"]).due_at)


def moves(conversation: Conversation) -> list[dict[str, Any]]:
    lines = Message.objects.filter(conversation=conversation, verb=EventVerb.RETARGETED).order_by("seq")
    return [line.data for line in lines]


@pytest.fixture
def course() -> Course:
    """Standard promises an hour; VIP half an hour, Japanese 45 minutes, and Fraud five."""
    return Course().run("mon 10:00 customer")


def change_tier(course: Course) -> None:
    contact = course.conversation.contact
    contact.tier = Tier.VIP
    contact.save()
    details.tier_changed(contact.pk)


CHANGES = {
    "tier": change_tier,
    "language": lambda course: details.set_language(course.conversation.pk, "ja", Actor.agent(course.ann)),
    "tag": lambda course: details.add_tag(course.conversation.pk, "Fraud", Actor.agent(course.ann)),
}


PROMISED = {"tier": ("VIP", "10:30"), "language": ("Japanese", "10:45"), "tag": ("Fraud", "10:05")}


@pytest.mark.parametrize("because", CHANGES)
def test_a_change_moves_the_deadline_and_is_told(course: Course, because: str) -> None:
    policy, due = PROMISED[because]
    with clock.frozen(moment("mon", "10:01")):
        CHANGES[because](course)
    assert deadline(course.conversation) == f"mon {due}"
    assert told(course.conversation.next_deadline_at) == f"mon {due}"
    [line] = moves(course.conversation)
    old, new = (moment("mon", time).isoformat() for time in ("11:00", due))
    assert (line["because"], line["policy"]) == (because, policy)
    assert {"kind": "first_response", "old": old, "new": new} in line["moved"]
    told_to_agents = sentence(Message.objects.get(verb=EventVerb.RETARGETED), course.conversation)
    assert told_to_agents.startswith("Deadlines moved after a change (")
    assert "First response from 3/2/26" in told_to_agents


@pytest.mark.parametrize("because", CHANGES)
def test_a_policy_may_hold_to_what_it_promised(because: str) -> None:
    course = Course()
    course.standard.retarget_on = [change for change in Change.values if change != because]
    course.standard.save()
    course.run("mon 10:00 customer")
    with clock.frozen(moment("mon", "10:01")):
        CHANGES[because](course)
    assert deadline(course.conversation) == "mon 11:00"
    assert moves(course.conversation) == []


def test_taking_a_tag_off_moves_the_deadline_back(course: Course) -> None:
    with clock.frozen(moment("mon", "10:01")):
        CHANGES["tag"](course)
        details.remove_tag(course.conversation.pk, "fraud", Actor.agent(course.ann))
    assert deadline(course.conversation) == "mon 11:00"
    assert len(moves(course.conversation)) == 2


def test_a_merged_contact_brings_its_conversations_under_the_tier_of_the_one_it_became(course: Course) -> None:
    vip = make_contact(tier=Tier.VIP)
    with clock.frozen(moment("mon", "10:05")):
        merge_contacts(keep=vip.pk, other=course.conversation.contact_id, by=Actor.agent(course.ann))
    assert deadline(course.conversation) == "mon 10:30"


def test_a_message_in_another_language_moves_the_deadline(course: Course) -> None:
    with clock.frozen(moment("mon", "10:05")):
        say(course.account, "こんにちは、昨日から自分のアカウントにログインできません。助けてください。", sender="ada")
    assert course.conversation.language == "ja"
    assert deadline(course.conversation) == "mon 10:45"


def test_the_hours_of_the_team_count_where_the_policy_goes_by_them() -> None:
    course = Course()
    lisbon = Calendar.objects.create(name="Lisbon", timezone="Europe/Lisbon", weekly=[["14:00-20:00"]] * 7)
    TeamCalendar.objects.create(team=course.billing, calendar=lisbon)
    policy = make_policy("By team", minutes={"first_response": 60}, calendar=course.office, calendar_of_team=True)
    others = make_team("Others")
    course.run("mon 10:00 customer")
    assert deadline(course.conversation) == "mon 11:00"
    by, pk = Actor.agent(course.ann), course.conversation.pk
    with clock.frozen(moment("mon", "10:05")):
        assign.hand_over(pk, to=course.billing, by=by)
        assert deadline(course.conversation) == "mon 15:00"
        assign.hand_over(pk, to=others, by=by)
        assert deadline(course.conversation) == "mon 11:00"
    assert set(Terms.objects.values_list("policy", flat=True)) == {policy.pk}


def test_a_policy_of_several_calendars_runs_while_any_is_open() -> None:
    osaka = Calendar.objects.create(name="Osaka", timezone="Asia/Tokyo", weekly=[["09:00-17:00"]] * 7)
    sevilla = Calendar.objects.create(name="Sevilla", timezone="Europe/Madrid", weekly=[["09:00-17:00"]] * 7)
    make_policy("By the sun", minutes={"first_response": 600}, calendar=sevilla).more_calendars.add(osaka, sevilla)
    course = Course()
    course.standard.delete()
    # 08:00-16:00 in Sevilla, 00:00-08:00 in Osaka: 13:00 to 16:00, and seven hours from midnight on.
    course.run("mon 13:00 customer")
    assert deadline(course.conversation) == "tue 07:00"


def test_public_holidays_are_closed_unless_a_day_of_ones_own_says_otherwise() -> None:
    madrid = Calendar.objects.create(name="Madrid", country="ES", region="MD")
    CalendarDay.objects.create(calendar=madrid, day=moment("fri", "00:00").date(), name="Fair", hours="10:00-11:00")
    with clock.frozen(moment("mon", "10:00")):
        hours = madrid.schedule()
    good_friday = moment("fri+4", "00:00").date()
    assert hours.openings(good_friday) == ()
    assert hours.name_of(good_friday) == "Good Friday"
    assert hours.name_of(good_friday, "es") == "Viernes Santo"
    assert [str(opening) for opening in hours.openings(moment("fri", "00:00").date())] == ["10:00-11:00"]
    assert hours.name_of(good_friday.replace(month=5, day=2)) == "Madrid Day"
    # Years that nobody has written down are asked of the library when they come.
    assert hours.openings(date(2031, 12, 25)) == ()
    assert hours.openings(date(2031, 12, 24)) != ()


def test_the_time_in_queue_is_met_by_whoever_gets_it() -> None:
    make_policy("Queue", minutes={"queue": 30, "first_response": 60})
    course = Course().run("mon 10:00 customer", "mon 10:20 assign bob", "mon 11:00 agent ann")
    waited = Clock.objects.get(kind=ClockKind.QUEUE)
    assert (waited.state, told(waited.met_at), waited.credited_to) == ("met", "mon 10:20", course.bob)
    assign.assign(course.conversation.pk, to=None, by=Actor.agent(make_user()))
    assert Clock.objects.filter(kind=ClockKind.QUEUE, state="running").count() == 1
