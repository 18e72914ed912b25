"""Making rows for tests, through the doors where there is one."""

from datetime import UTC, datetime
from itertools import count
from typing import Any

from csplatform.common import clock
from csplatform.contacts.models import Contact
from csplatform.conversations.models import Conversation, Message
from csplatform.flows.receive import receive
from csplatform.gateway.contract import HandleKind, InboundMessage, Sender
from csplatform.gateway.models import ChannelAccount
from csplatform.people.models import Team, User

_numbers = count(1)
MONDAY = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


def make_account(channel: str = "loopback", **fields: Any) -> ChannelAccount:
    """Create an account of `channel` with an address of its own."""
    number = next(_numbers)
    fields = {"name": f"Account {number}", "address": f"account-{number}"} | fields
    return ChannelAccount.objects.create(channel=channel, **fields)


def make_user(**fields: Any) -> User:
    """Create an agent; `teams` may be given as a list."""
    teams = fields.pop("teams", [])
    number = next(_numbers)
    fields = {"email": f"agent{number}@desk.example", "name": f"Agent {number}"} | fields
    user = User.objects.create_user(password=fields.pop("password", None), **fields)
    user.teams.set(teams)
    return user


def make_team(name: str = "") -> Team:
    """Create a team."""
    return Team.objects.create(name=name or f"Team {next(_numbers)}")


def make_contact(**fields: Any) -> Contact:
    """Create a contact without handles."""
    return Contact.objects.create(**({"name": f"Contact {next(_numbers)}"} | fields))


def inbound(text: str = "Hello", *, sender: str = "ada", external_id: str = "", **fields: Any) -> InboundMessage:
    """Return a message as a channel would hand it over; a new external id unless one is given."""
    kind = fields.pop("kind", HandleKind.SOCIAL)
    name = fields.pop("name", sender.title())
    return InboundMessage(
        external_id=external_id or f"in-{next(_numbers)}",
        sender=Sender(external_id=sender, kind=kind, name=name, language=fields.pop("language", "")),
        text=text,
        sent_at=fields.pop("sent_at", clock.now()),
        **fields,
    )


def say(account: ChannelAccount, text: str = "Hello", **fields: Any) -> Message:
    """Let a customer say `text` on `account`, and return the stored message."""
    message = receive(account, inbound(text, **fields))
    assert message is not None
    return message


def make_conversation(account: ChannelAccount | None = None, **fields: Any) -> Conversation:
    """Let a new customer open a conversation; `fields` go to `inbound`."""
    fields.setdefault("sender", f"person-{next(_numbers)}")
    return say(account or make_account(), **fields).conversation
