"""Who gets in: every address of the desk, for strangers, for former colleagues, and for agents of other teams."""

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import resolve

from csplatform.common import clock
from csplatform.conversations.models import Conversation, Draft, Message
from csplatform.desk import urls
from csplatform.flows.send_later import Answer, submit
from csplatform.gateway.contract import FileBytes, InboundAttachment
from csplatform.gateway.models import ChannelAccount, InboundDelivery
from csplatform.people.models import Role, User
from csplatform.search.services import catch_up
from tests.desk.conftest import HTMX, LogIn, rows_in, text_of
from tests.factories import make_team, make_user, say

pytestmark = pytest.mark.django_db

# Every address below /inbox/ that names a conversation or a message: method, path.
FACES = [
    ("get", "/inbox/c/{c}/"),
    ("get", "/inbox/c/{c}/since/0/"),
    ("get", "/inbox/c/{c}/earlier/9/"),
    ("post", "/inbox/c/{c}/send/"),
    ("get", "/inbox/c/{c}/canned/"),
    ("get", "/inbox/c/{c}/mentions/"),
    ("get", "/inbox/c/{c}/draft/"),
    ("post", "/inbox/c/{c}/draft/"),
    ("post", "/inbox/c/{c}/draft/files/"),
    ("get", "/inbox/c/{c}/draft/files/{draft_file}/"),
    ("post", "/inbox/c/{c}/draft/files/{draft_file}/"),
    ("post", "/inbox/c/{c}/planned/{planned}/undo/"),
    ("post", "/inbox/c/{c}/planned/{planned}/now/"),
    ("get", "/inbox/c/{c}/menu/send/"),
    ("post", "/inbox/c/{c}/translate/"),
    ("get", "/inbox/m/{m}/translate/"),
    ("get", "/inbox/c/{c}/menu/assign/"),
    ("get", "/inbox/c/{c}/deadlines/"),
    ("get", "/inbox/c/{c}/contact/"),
    ("get", "/inbox/c/{c}/contact/edit/"),
    ("post", "/inbox/c/{c}/contact/edit/"),
    ("post", "/inbox/c/{c}/contact/merge/"),
    ("get", "/inbox/c/{c}/contact/merge/search/"),
    ("get", "/inbox/c/{c}/contact/merge/{contact}/"),
    ("get", "/inbox/c/{c}/contact/previous/9/"),
    ("post", "/inbox/c/{c}/contact/notes/"),
    ("post", "/inbox/c/{c}/contact/notes/1/remove/"),
    ("post", "/inbox/c/{c}/contact/unmerge/1/"),
    ("post", "/inbox/c/{c}/fields/conversation/order/"),
    ("get", "/inbox/c/{c}/templates/"),
    ("post", "/inbox/c/{c}/templates/"),
    ("get", "/inbox/c/{c}/relate/merge/"),
    ("get", "/inbox/c/{c}/relate/link/"),
    ("post", "/inbox/c/{c}/seen/1/"),
    ("post", "/inbox/c/{c}/do/resolve/"),
    ("get", "/inbox/m/{m}/html/"),
    ("post", "/inbox/m/{m}/retry/"),
    ("get", "/inbox/m/{m}/menu/"),
    ("get", "/inbox/m/{m}/forward/"),
    ("post", "/inbox/m/{m}/forward/"),
    ("post", "/inbox/m/{m}/split/"),
    ("get", "/inbox/m/{m}/source/"),
    ("get", "/inbox/m/{m}/eml/"),
    ("post", "/inbox/c/{c}/do/resume/"),
    ("post", "/inbox/c/{c}/do/keep-apart/"),
    ("post", "/inbox/c/{c}/do/block/"),
    ("post", "/inbox/c/{c}/do/unblock/"),
    ("post", "/inbox/c/{c}/let-in/"),
    ("post", "/inbox/c/{c}/follow/"),
    ("get", "/inbox/quarantine/"),
    ("get", "/inbox/quarantine/{d}/"),
    ("get", "/inbox/quarantine/{d}/file/"),
    ("post", "/inbox/quarantine/do/discard/"),
    ("get", "/files/{file}/"),
]

# What is everybody's own.
OWN = [
    ("get", "/me/notifications/"),
    ("get", "/me/notifications/latest/"),
    ("post", "/me/notifications/seen/"),
    ("get", "/me/notifications/settings/"),
    ("post", "/me/notifications/settings/"),
    ("get", "/me/presence/"),
    ("post", "/me/presence/choose/"),
    ("post", "/inbox/bulk/resolve/"),
    ("post", "/inbox/bulk/undo/"),
    ("get", "/inbox/bulk/menu/more/"),
    ("get", "/inbox/filters/"),
    ("get", "/inbox/saved/"),
    ("get", "/inbox/saved/new/"),
    ("post", "/inbox/saved/new/"),
    ("post", "/inbox/saved/arrange/"),
    ("post", "/inbox/saved/restore/"),
    ("get", "/inbox/saved/1/"),
    ("post", "/inbox/saved/1/delete/"),
]


@pytest.fixture
def places(account: ChannelAccount) -> dict[str, Any]:
    """What a secret conversation's addresses are made of."""
    file = InboundAttachment("a.txt", "text/plain", FileBytes(b"secret"))
    message = say(account, "a secret", sender="s", name="Secret Person", html="<p>a secret", attachments=(file,))
    row = message.conversation
    at = clock.now() + timedelta(days=1)
    upload = SimpleUploadedFile("a.txt", b"secret")
    planned = submit(row.pk, Answer("a secret", uuid4(), at=at), by=make_user(), files=[upload])
    assert isinstance(planned, Draft)
    set_aside = InboundDelivery.objects.create(account=account, body=b"secret", state="quarantined", error="a secret")
    return {
        "planned": planned.pk,
        "draft_file": planned.files.get().key,
        "d": set_aside.pk,
        "c": row.pk,
        "m": message.pk,
        "contact": row.contact_id,
        "file": message.attachments.get().key,
    }


def knock(client: Client, method: str, path: str) -> Any:
    data = {
        "revision": "0",
        "key": str(uuid4()),
        "text": "hi",
        "name": "changed",
        "tier": "vip",
        "other": "1",
        "ids": str(InboundDelivery.objects.values_list("pk", flat=True).get()),
    }
    return getattr(client, method)(path, data, headers=HTMX)


def test_the_table_names_every_address() -> None:
    lists = {"inbox", "view"}
    named = {resolve(_any(path)).url_name for _, path in (*FACES, *OWN) if path.startswith("/inbox/")}
    assert {pattern.name for pattern in urls._inbox} - lists == named


def _any(path: str) -> str:
    """Return `path` with something in its places."""
    return re.sub(r"\{\w+\}", "1", re.sub(r"\{(draft_)?file\}", str(uuid4()), path))


@pytest.mark.parametrize(("method", "path"), FACES)
def test_an_agent_of_another_team_sees_and_does_nothing(
    log_in: LogIn, places: dict[str, Any], method: str, path: str
) -> None:
    before = Conversation.objects.values().get(), Message.objects.count()
    set_aside = InboundDelivery.objects.values("state").get()
    response = knock(log_in(make_user(teams=[make_team()])), method, path.format(**places))
    assert response.status_code == 404
    assert "ecret" not in text_of(response)
    assert (Conversation.objects.values().get(), Message.objects.count()) == before
    assert InboundDelivery.objects.values("state").get() == set_aside


def test_another_teams_conversation_is_in_no_list_count_or_search(log_in: LogIn, places: dict[str, Any]) -> None:
    stranger = log_in(make_user(teams=[make_team()]))
    catch_up()
    assert rows_in(log_in(make_user(role=Role.SUPERVISOR)).get("/inbox/?q=secret")) == [places["c"]]
    for path in ("/inbox/", "/inbox/unassigned/", "/inbox/?q=secret", f"/inbox/?q=%23{places['c']}"):
        response = stranger.get(path)
        assert rows_in(response) == []
        assert 'class="count"' not in text_of(response)


def test_the_owner_sees_it_whatever_the_team(log_in: LogIn, places: dict[str, Any]) -> None:
    owner = make_user(teams=[make_team()])
    Conversation.objects.update(assignee=owner, owner_kind="agent")
    assert log_in(owner).get(f"/inbox/c/{places['c']}/").status_code == 200


@pytest.mark.parametrize(
    ("method", "path"), [*FACES, ("get", "/inbox/"), ("post", "/me/language/"), ("get", "/"), *OWN]
)
def test_strangers_are_asked_to_log_in(places: dict[str, Any], method: str, path: str) -> None:
    address = path.format(**places)
    page = getattr(Client(), method)(address)
    assert page.status_code == 302
    assert page["Location"].startswith("/accounts/login/?next=")
    fragment = getattr(Client(), method)(
        address, headers=HTMX | {"HX-Current-URL": "http://testserver/inbox/mine/?sort=deadline"}
    )
    assert fragment.status_code == 401
    assert fragment["HX-Redirect"] == "/accounts/login/?next=%2Finbox%2Fmine%2F%3Fsort%3Ddeadline"
    assert "ecret" not in text_of(fragment)


def test_somebody_who_left_is_out_at_once(desk: Client, ana: User) -> None:
    assert desk.get("/inbox/").status_code == 200
    User.objects.filter(pk=ana.pk).update(is_active=False)
    assert desk.get("/inbox/").status_code == 302
