"""The quarantine: who sees it, what it says, replaying and discarding one or many."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from csplatform.conversations.models import Message
from csplatform.desk.quarantine import PAGE, why
from csplatform.gateway.models import ChannelAccount, DeliveryState, InboundDelivery
from csplatform.people.models import Role
from tests.desk.conftest import HTMX, LogIn, partial_for, text_of
from tests.factories import make_account, make_user

pytestmark = pytest.mark.django_db

GOOD = b'[{"id": "x", "from": "ada", "text": "Now it can be read"}]'
# Session, user, teams, saved views, counts, rows.
QUERIES = 6


@pytest.fixture
def boss(log_in: LogIn) -> Client:
    return log_in(make_user(role=Role.SUPERVISOR))


@pytest.fixture
def mailbox() -> ChannelAccount:
    return make_account(name="Support")


def set_aside(mailbox: ChannelAccount, body: bytes = b"\xff\x00 rubbish", **fields: Any) -> InboundDelivery:
    fields = {"state": DeliveryState.QUARANTINED, "error": "no JSON"} | fields
    return InboundDelivery.objects.create(account=mailbox, body=body, **fields)


def listed(response: Any) -> list[int]:
    return [int(part.split('"')[0]) for part in text_of(response).split('id="row-q')[1:]]


def act(client: Client, action: str, *deliveries: InboundDelivery, **data: Any) -> Any:
    fields = {"ids": [delivery.pk for delivery in deliveries]} | data
    return client.post(f"/inbox/quarantine/do/{action}/", fields, headers=HTMX)


def state(delivery: InboundDelivery) -> str:
    delivery.refresh_from_db()
    return delivery.state


def test_the_view_is_there_while_something_is_in_it(boss: Client, desk: Client, mailbox: ChannelAccount) -> None:
    for client in (boss, desk):
        assert "view-quarantine" not in text_of(client.get("/inbox/", headers=HTMX))
    set_aside(mailbox)
    set_aside(mailbox, state=DeliveryState.WAITING)
    views = partial_for(boss.get("/inbox/", headers=HTMX), "#views")
    assert '<span class="count">1</span>' in views.split("view-quarantine")[1].split("</li>")[0]
    assert "view-quarantine" not in text_of(desk.get("/inbox/", headers=HTMX))


def test_the_list_says_what_came_and_why_it_is_here(boss: Client, mailbox: ChannelAccount) -> None:
    delivery = set_aside(mailbox, b"From: <b>eve</b>\r\nSubject: \x1b[31m")
    for headers in (HTMX, {}):
        response = boss.get("/inbox/quarantine/", headers=headers)
        page = text_of(response)
        assert listed(response) == [delivery.pk]
        for part in ("Support", "It makes no sense", "From: &lt;b&gt;eve&lt;/b&gt; Subject: �[31m"):
            assert part in page
        assert ("<html" in page) is (headers == {})


def test_one_delivery_in_full(boss: Client, mailbox: ChannelAccount) -> None:
    body = b"Subject: <script>\r\n\r\n" + b"x" * 30_000 + b"the end"
    delivery = set_aside(mailbox, body, error="ValueError: <bad>")
    for headers in (HTMX, {}):
        page = text_of(boss.get(f"/inbox/quarantine/{delivery.pk}/", headers=headers))
        for part in ("Subject: &lt;script&gt;", "ValueError: &lt;bad&gt;", "nobody expected", "Only the beginning"):
            assert part in page
        assert "the end" not in page
    file = boss.get(f"/inbox/quarantine/{delivery.pk}/file/")
    assert (file.content, file["X-Content-Type-Options"]) == (body, "nosniff")
    assert file["Content-Disposition"] == f'attachment; filename="delivery-{delivery.pk}.bin"'


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ("no JSON", "It makes no sense"),
        ("", "It makes no sense"),
        ("there is no mail in these bytes: neither a header field nor a text", "It makes no sense"),
        ("KeyError: 'from'", "nobody expected"),
        ("InboundMessage: DataError: value too long", "could not be stored"),
        ("given up after 8 attempts that never came to an end", "again and again"),
    ],
)
def test_reasons_in_plain_words(error: str, said: str) -> None:
    with translation.override("en"):
        assert said in why(error)


def test_a_replay_brings_the_message(boss: Client, mailbox: ChannelAccount, rung: Any) -> None:
    delivery, other = set_aside(mailbox, GOOD), set_aside(mailbox)
    with rung():
        response = act(boss, "replay", delivery, open=str(delivery.pk))
    assert state(delivery) == DeliveryState.DONE
    assert Message.objects.filter(text="Now it can be read").exists()
    assert "1 delivery is tried again." in partial_for(response, "#toasts")
    assert "No conversation is open." in partial_for(response, "#conversation")
    assert response["HX-Push-Url"] == "/inbox/quarantine/"
    assert listed(response) == [other.pk]


def test_what_still_makes_no_sense_comes_back(boss: Client, mailbox: ChannelAccount, rung: Any) -> None:
    delivery = set_aside(mailbox, error="an old reason")
    with rung():
        act(boss, "replay", delivery)
    assert state(delivery) == DeliveryState.QUARANTINED
    assert delivery.error == "no JSON"


def test_many_at_once(boss: Client, mailbox: ChannelAccount) -> None:
    first, second, third = (set_aside(mailbox) for _ in range(3))
    response = act(boss, "discard", first, third, open=str(second.pk))
    assert "2 deliveries were discarded." in partial_for(response, "#toasts")
    assert [state(each) for each in (first, second, third)] == ["discarded", "quarantined", "discarded"]
    assert 'hx-target="#conversation" hx-swap="innerHTML"' not in text_of(response)


def test_only_what_is_in_quarantine_is_touched(boss: Client, mailbox: ChannelAccount) -> None:
    done = set_aside(mailbox, state=DeliveryState.DONE)
    for action in ("replay", "discard"):
        refused = act(boss, action, done)
        assert (refused.status_code, refused["HX-Reswap"]) == (422, "none")
        assert "Please choose something first." in text_of(refused)
    assert act(boss, "discard", ids=["x", "", "9" * 40]).status_code == 422
    assert act(boss, "explode", set_aside(mailbox)).status_code == 404
    assert boss.get("/inbox/quarantine/do/discard/").status_code == 405
    assert boss.get(f"/inbox/quarantine/{done.pk}/").status_code == 404
    assert boss.get(f"/inbox/quarantine/{done.pk}/file/").status_code == 404
    assert state(done) == DeliveryState.DONE


def test_it_works_without_a_script(boss: Client, mailbox: ChannelAccount) -> None:
    delivery = set_aside(mailbox)
    response = boss.post("/inbox/quarantine/do/discard/", {"ids": [delivery.pk]}, follow=True)
    assert response.redirect_chain == [("/inbox/quarantine/", 302)]
    assert "1 delivery was discarded." in text_of(response)
    assert "Nothing is in quarantine." in text_of(response)


def test_pages_follow_each_other_without_a_gap(boss: Client, mailbox: ChannelAccount) -> None:
    made = [set_aside(mailbox).pk for _ in range(2 * PAGE + 1)]
    seen: list[int] = []
    response = boss.get("/inbox/quarantine/", headers=HTMX)
    while found := listed(response):
        seen += found
        response = boss.get("/inbox/quarantine/", {"after": found[-1]}, headers=HTMX)
    assert seen == made[::-1]
    assert listed(boss.get("/inbox/quarantine/", {"rows": str(PAGE + 9)}, headers=HTMX)) == made[: -PAGE - 10 : -1]
    assert len(listed(boss.get("/inbox/quarantine/?after=x&rows=x", headers=HTMX))) == PAGE


def test_the_number_of_queries_does_not_grow(boss: Client, mailbox: ChannelAccount) -> None:
    counted = []
    for number in (2, 38):
        for _ in range(number):
            set_aside(make_account())
        with CaptureQueriesContext(connection) as queries:
            boss.get("/inbox/quarantine/", headers=HTMX)
        counted.append(len(queries))
    assert counted == [QUERIES, QUERIES]


def test_the_count_stops_at_a_hundred(boss: Client, mailbox: ChannelAccount) -> None:
    copies = [InboundDelivery(account=mailbox, body=b"x", state=DeliveryState.QUARANTINED) for _ in range(150)]
    InboundDelivery.objects.bulk_create(copies)
    assert '<span class="count">99+</span>' in partial_for(boss.get("/inbox/", headers=HTMX), "#views")
