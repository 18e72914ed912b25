"""Narrowing a list: what is read from an address, what is offered, and what applies in words."""

import re
from datetime import timedelta

import pytest
from django.http import QueryDict
from django.test import Client

from csplatform.common import clock
from csplatform.conversations.models import Conversation, Tag
from csplatform.desk import reading
from csplatform.desk.filters import ANYTHING, Filters, span
from csplatform.gateway.models import ChannelAccount
from csplatform.people.models import Team, User
from tests.desk.conftest import HTMX, rows_in, text_of
from tests.factories import make_conversation


@pytest.mark.parametrize(
    "text",
    [
        *("status=none", "agent=0", "agent=you", "team=-1", "tag=²", "tag=" + "9" * 19, "language=%00", "tier=gold"),
        *(
            "priority=5",
            "held=maybe",
            "created=1y",
            "created=..",
            "created=2026-02-30..",
            "active=2026-03-01..2026-01-01",
        ),
        *("active=0001-01-01..9999-12-31", "created-from=x", "account=1;drop", "unknown=1"),
    ],
)
def test_what_makes_no_sense_is_left_out(text: str) -> None:
    assert Filters.read(QueryDict(text)) == ANYTHING


def test_an_address_is_read_as_it_was_written() -> None:
    query = QueryDict(
        "tag=7&tag=7&tag=9&agent=me&agent=nobody&language=ZH-hans&created-from=2026-01-01&created-to=2026-01-31"
    )
    filters = Filters.read(query)
    assert filters.plain() == {
        "agent": ["me", "nobody"],
        "tag": ["7", "9"],
        "language": ["zh-Hans"],
        "created": ["2026-01-01..2026-01-31"],
    }
    assert Filters.kept(filters.plain()) == filters
    assert filters.without("tag", "7").tag == ("9",)


def test_a_span_of_days_ends_after_its_last_one() -> None:
    begins, ends = span("2026-01-31..2026-01-31")
    assert begins is not None
    assert ends == begins + timedelta(days=1)


@pytest.fixture
def rows(account: ChannelAccount, ana: User, team: Team) -> dict[str, Conversation]:
    """Three conversations, each with something of its own."""
    tagged, japanese, mine = (make_conversation(account, name=name) for name in ("Tagged", "Yuki", "Mine"))
    tagged.tags.add(Tag.objects.create(name="<refund>"))
    Conversation.objects.filter(pk=japanese.pk).update(language="ja", status="pending", priority=40)
    Conversation.objects.filter(pk=mine.pk).update(assignee=ana, owner_kind="agent")
    return {"tagged": tagged, "japanese": japanese, "mine": mine}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("/inbox/open/?tag={tag}", ["tagged"]),
        ("/inbox/all/?language=ja&priority=40", ["japanese"]),
        ("/inbox/open/?language=ja", []),
        ("/inbox/all/?agent=me", ["mine"]),
        ("/inbox/all/?agent=me&agent=nobody&status=open", ["mine", "tagged"]),
        ("/inbox/all/?team=none", []),
        ("/inbox/all/?account={account}&active=24h", ["mine", "japanese", "tagged"]),
    ],
)
def test_a_list_holds_what_passes(
    desk: Client, rows: dict[str, Conversation], path: str, names: list[str], account: ChannelAccount
) -> None:
    response = desk.get(path.format(tag=Tag.objects.get().pk, account=account.pk))
    assert rows_in(response) == [rows[name].pk for name in names]


@pytest.mark.django_db
def test_chips_say_what_applies_and_lead_to_the_list_without_it(desk: Client, rows: dict[str, Conversation]) -> None:
    tag = Tag.objects.get()
    page = text_of(desk.get(f"/inbox/open/?tag={tag.pk}&tag=99&active=2026-01-05..&sort=oldest", headers=HTMX))
    chips = page.split('class="filter-chips"')[1].split("</ul>")[0]
    assert [
        re.sub(r"<[^>]+>", "", one).strip()
        for one in re.findall(r'chip-text".*?</span></span>|chip-text".*?</span> [^<]*', chips)
    ]
    assert "&lt;refund&gt;" in chips
    assert "#99" in chips
    assert "since Jan 5, 2026" in chips
    assert f'href="/inbox/open/?tag={tag.pk}&amp;active=2026-01-05..&amp;sort=oldest"' in chips
    assert 'href="/inbox/open/?sort=oldest"' in chips


@pytest.mark.django_db
def test_the_panel_asks_for_what_the_view_leaves_open(desk: Client, rows: dict[str, Conversation]) -> None:
    panel = text_of(desk.get("/inbox/filters/?view=mine&tier=vip&language=xx", headers=HTMX))
    asked = dict.fromkeys(re.findall(r'name="(\w+)" value', panel))
    assert not {"status", "agent"} & set(asked)
    assert {"team", "account", "tag", "tier", "priority", "created", "active", "held", "language"} <= set(asked)
    assert 'value="vip" checked' in panel
    assert "&lt;refund&gt;" in panel
    assert "Filters" in text_of(desk.get("/inbox/filters/"))


@pytest.mark.django_db
def test_a_form_leads_to_an_address_without_what_was_left_empty(desk: Client, rows: dict[str, Conversation]) -> None:
    response = desk.get("/inbox/open/?filtering=1&created=&held=&active-from=&active-to=&priority=20", headers=HTMX)
    assert response["HX-Push-Url"] == "/inbox/open/?priority=20"
    assert rows_in(response) == [rows["mine"].pk, rows["tagged"].pk]


@pytest.mark.django_db
def test_a_search_is_narrowed_too_and_keeps_its_filters(desk: Client, rows: dict[str, Conversation]) -> None:
    number = rows["japanese"].pk
    assert rows_in(desk.get(f"/inbox/?q=%23{number}&language=ja")) == [number]
    response = desk.get(f"/inbox/?q=%23{number}&language=en")
    assert rows_in(response) == []
    assert '<input type="hidden" name="language" value="en">' in text_of(response)


@pytest.mark.django_db
def test_a_page_that_ended_early_says_how_far_it_looked(
    desk: Client, rows: dict[str, Conversation], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading.read, "__kwdefaults__", {"tested": 1})
    monkeypatch.setattr("csplatform.desk.statement.LEAST_WINDOW", 1)
    at = clock.now()
    for ago, row in enumerate(rows.values()):
        Conversation.objects.filter(pk=row.pk).update(
            last_message_at=at - timedelta(days=ago), created_at=at - timedelta(days=9)
        )
    page = text_of(desk.get("/inbox/all/?tier=vip", headers=HTMX))
    assert "Look further back" in page
    assert "Nothing here" not in page
    assert 'hx-trigger="click"' in page
