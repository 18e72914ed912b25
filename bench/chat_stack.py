"""What the chat's measurements run against: one web process as in production, and a company in its database."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.intake_stack import Program, databases
from csplatform.embedded.platform import web_command
from csplatform.embedded.server import LocalServer

HOST = "desk.example"
ORIGIN = f"https://{HOST}"
KEY = "shop"
READY = r"Uvicorn running on http://127\.0\.0\.1:(\d+)"


@dataclass(frozen=True)
class Agent:
    """Somebody at the desk: the value of their session cookie."""

    pk: int
    cookie: str


@dataclass(frozen=True)
class Company:
    """A team with one web chat account, and its agents."""

    account: int
    agents: tuple[Agent, ...]


@contextmanager
def chat_databases() -> Iterator[tuple[Sequence[LocalServer], Path]]:
    """Durable PostgreSQL and Valkey; Django in this process is set up for them, with the settings of production."""
    os.environ |= {
        "SECRET_KEY": "a-key-for-measuring-that-signs-nothing-of-worth-0123456789",
        "CREDENTIAL_KEYS": "ZGV2ZWxvcG1lbnQtb25seS1jcmVkZW50aWFsLWtleS0=",
        "ALLOWED_HOSTS": HOST,
        "PUBLIC_URL": ORIGIN,
        "LOG_LEVEL": "INFO",
    }
    with databases(settings="csplatform.settings.production") as servers:
        directory = servers[0].directory.parent
        _collect_static()
        yield servers, directory


def _collect_static() -> None:
    from django.core.management import call_command

    call_command("collectstatic", interactive=False, verbosity=0)


def web_process(directory: Path, name: str = "web") -> Program:
    """The web process as it is run in earnest, on any port: it says which."""
    return Program(name, web_command(0)[1:], directory / f"{name}.log")


def floor_process(directory: Path) -> Program:
    """The bare process that the platform is compared with, under the same server."""
    command = [part.replace("csplatform.asgi:application", "bench.chat_floor:application") for part in web_command(0)]
    return Program("floor", command[1:], directory / "floor.log")


def port_of(program: Program) -> int:
    """Return where a process listens, once it does."""
    return int(program.heard(READY)[1])


def make_company(agents: int) -> Company:
    """A team, its chat account and so many agents who are logged in."""
    from django.conf import settings
    from django.test import Client

    from csplatform.gateway.models import ChannelAccount
    from csplatform.people.models import Team, User

    team = Team.objects.create(name="Shop")
    account = ChannelAccount.objects.create(channel="webchat", name="Shop chat", address=KEY, team=team)
    made = []
    for number in range(agents):
        user = User.objects.create_user(f"agent{number}@{HOST}", name=f"Agent {number}")
        user.teams.set([team])
        client = Client()
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        made.append(Agent(user.pk, client.cookies[settings.SESSION_COOKIE_NAME].value))
    return Company(account.pk, tuple(made))


def visitor_tokens(account: int, number: int, name: str) -> list[str]:
    """Return tokens of so many visitors whom nobody has met yet."""
    from channels_webchat.tokens import Visitor, issue

    return [issue(account, Visitor(id=f"{name}-{index}", name=f"Visitor {index}")) for index in range(number)]
