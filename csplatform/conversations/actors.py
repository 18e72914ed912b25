"""Who does something: a person who works here, the customer, or a part of the system."""

from dataclasses import dataclass
from enum import StrEnum

from csplatform.people.models import User


class ActorKind(StrEnum):
    AGENT = "agent"
    CUSTOMER = "customer"
    BOT = "bot"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Actor:
    """The author of a change; `user` is set for agents only."""

    kind: ActorKind
    user: User | None = None

    @classmethod
    def agent(cls, user: User) -> "Actor":
        """Return the actor for somebody who works here."""
        return cls(ActorKind.AGENT, user)


CUSTOMER = Actor(ActorKind.CUSTOMER)
BOT = Actor(ActorKind.BOT)
SYSTEM = Actor(ActorKind.SYSTEM)
