"""What a team keeps to itself: one table of every face that shows conversations, read by a colleague and an outsider.

The colleague's reading is the proof that a face would show the conversation at all. The customer has
another conversation that is everybody's, so the outsider knows who they are.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from uuid import uuid4

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from channels.auth import AuthMiddlewareStack
from channels.routing import URLRouter
from django.conf import settings
from django.test import Client, TestCase
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient

from csplatform.conversations.actors import Actor
from csplatform.conversations.models import Conversation, Message
from csplatform.desk.urls import websocket_urlpatterns
from csplatform.flows.details import add_tag
from csplatform.flows.merge import merge_contacts
from csplatform.flows.reply import note
from csplatform.gateway.contract import FileBytes, InboundAttachment
from csplatform.notifications import services as notifications
from csplatform.people.models import User
from csplatform.search.services import catch_up
from tests.desk.conftest import BACKEND, HTMX
from tests.factories import make_account, make_team, make_user, say
from tests.sla.situations import make_policy
from tests.sockets import Socket

pytestmark = pytest.mark.django_db
# A word that stands in everything the team keeps to itself: text, note, subject, tag, file.
WORD = "tulip"


@dataclass(frozen=True, slots=True)
class Case:
    """The conversation, another of the same customer that everybody may see, and who reads."""

    secret: Conversation
    said: Message
    shared: Conversation
    colleague: User
    outsider: User
    author: User


@pytest.fixture
def case() -> Case:
    security = make_team("Security")
    colleague, outsider = make_user(name="Cleo", teams=[security]), make_user(name="Olaf", teams=[make_team("Shop")])
    make_policy(f"Promise of the {WORD}", minutes={"first_response": 60}).teams.add(security)
    author = make_user(name="Vera", teams=[security])
    file = InboundAttachment(f"{WORD} bulb.txt", "text/plain", FileBytes(WORD.encode()))
    vault, door = make_account(team=security), make_account()
    fields = {"sender": "kim", "name": "Kim", "subject": f"My {WORD}", "attachments": (file,)}
    said = say(vault, f"my {WORD} is gone", html=f"<p>my {WORD} is gone", **fields)
    secret = said.conversation
    shared = say(door, "hello", sender="kim too", name="Kim").conversation
    merge_contacts(keep=shared.contact_id, other=secret.contact_id, by=Actor.agent(colleague))
    add_tag(secret.pk, WORD, by=Actor.agent(colleague))
    for reader in (colleague, outsider):
        called = note(secret.pk, by=author, text=f"@{reader.name} see the {WORD}", key=uuid4())
        notifications.mentioned(called, [reader.pk])
    say(vault, f"the {WORD}!", sender="kim")
    catch_up()
    secret.refresh_from_db()
    return Case(secret, said, shared, colleague, outsider, author)


def desk(path: str) -> Callable[[Case, User], str]:
    """Return what a page of the desk says to somebody; `path` may name what `_filled` fills in."""

    def read(case: Case, user: User) -> str:
        client = Client()
        client.force_login(user, backend=BACKEND)
        return client.get(_filled(path, case), headers=HTMX).getvalue().decode()

    return read


def api(path: str) -> Callable[[Case, User], str]:
    """Return what the API says to somebody."""

    def read(case: Case, user: User) -> str:
        token = Token.objects.get_or_create(user=user)[0]
        client = APIClient(headers={"Authorization": f"Token {token.key}"})
        return client.get(f"/api/v1/{_filled(path, case)}").content.decode()

    return read


def _filled(path: str, case: Case) -> str:
    said, secret = case.said, case.secret
    parts = {"secret": secret.pk, "team": secret.team_id, "contact": secret.contact_id, "said": said.pk}
    return path.format(shared=case.shared.pk, file=said.attachments.get().key, **parts)


def shows(text: str, case: Case) -> bool:
    """Whether something of the conversation, or its number, is in what somebody was told."""
    return WORD in text or re.search(rf'(c/|conversation"?:\s*){case.secret.pk}\b', text) is not None


def wire(case: Case, user: User) -> str:
    """Return what the live wire tells a screen that asks to look at the conversation while the customer writes."""
    client = Client()
    client.force_login(user, backend=BACKEND)
    return async_to_sync(_frames)(case, client.cookies[settings.SESSION_COOKIE_NAME].value)


async def _frames(case: Case, session: str) -> str:
    headers = [(b"host", b"testserver"), (b"origin", b"http://testserver")]
    headers.append((b"cookie", f"{settings.SESSION_COOKIE_NAME}={session}".encode()))
    socket = Socket(AuthMiddlewareStack(URLRouter(websocket_urlpatterns)), "/ws/desk/", headers=headers)
    assert await socket.connect()
    await socket.send(json.dumps({"kind": "look", "conversation": case.secret.pk, "writing": "reply"}))
    await sync_to_async(_something_happens)(case)
    frames = []
    while not await socket.is_silent():
        frames.append(await socket.receive())
    await socket.disconnect()
    assert json.loads(frames[0])["kind"] == "hello"
    return " ".join(frames)


def _something_happens(case: Case) -> None:
    with TestCase.captureOnCommitCallbacks(execute=True):
        say(case.secret.account, "anybody there?", sender="kim")
        called = note(case.secret.pk, by=case.author, text="Call them", key=uuid4())
        notifications.mentioned(called, [case.colleague.pk, case.outsider.pk])


FACES: dict[str, Callable[[Case, User], str]] = {
    "desk: all open": desk("/inbox/"),
    "desk: unassigned": desk("/inbox/unassigned/"),
    "desk: mentioned": desk("/inbox/mentioned/"),
    "desk: nearest deadline": desk("/inbox/open/?sort=deadline"),
    "desk: the team's view": desk("/inbox/team-{team}/"),
    "desk: search in texts": desk("/inbox/?q=gone"),
    "desk: search for a file": desk("/inbox/?q=bulb"),
    "desk: search by number": desk("/inbox/?q=%23{secret}"),
    "desk: the conversation": desk("/inbox/c/{secret}/"),
    "desk: its list beside another": desk("/inbox/c/{shared}/?view=open"),
    "desk: news": desk("/inbox/c/{secret}/since/0/"),
    "desk: history": desk("/inbox/c/{secret}/earlier/99/"),
    "desk: the customer's card": desk("/inbox/c/{shared}/contact/"),
    "desk: previous conversations": desk("/inbox/c/{shared}/contact/previous/99999/"),
    "desk: a mail's body": desk("/inbox/m/{said}/html/"),
    "desk: a file": desk("/files/{file}/"),
    "notifications: the panel": desk("/me/notifications/"),
    "notifications: in the browser": desk("/me/notifications/latest/"),
    "api: conversations": api("conversations/"),
    "api: search": api("conversations/?search=gone"),
    "api: of the contact": api("conversations/?contact={contact}"),
    "api: one conversation": api("conversations/{secret}/"),
    "api: messages": api("conversations/{secret}/messages/"),
    "desk: why it is due": desk("/inbox/c/{secret}/deadlines/"),
    "api: nearest deadline": api("conversations/?sort=deadline"),
    "api: clocks": api("conversations/{secret}/clocks/"),
    "live wire": wire,
}


# The wire reads from another thread, so what it shall find must be committed.
WIRE = pytest.param("live wire", marks=pytest.mark.django_db(transaction=True))


@pytest.mark.parametrize("face", [*(name for name in FACES if name != "live wire"), WIRE])
def test_a_face_shows_it_to_a_colleague_and_to_nobody_else(case: Case, face: str) -> None:
    assert shows(FACES[face](case, case.colleague), case)
    assert not shows(FACES[face](case, case.outsider), case)
