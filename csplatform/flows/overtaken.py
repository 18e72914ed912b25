"""Somebody else acted in a conversation while an agent was writing: they are told before their answer leaves."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from csplatform.common.errors import Conflict
from csplatform.conversations.actors import ActorKind
from csplatform.conversations.models import Conversation, Draft, EventVerb, Message, MessageKind
from csplatform.people.models import User

# What changes who has a conversation, and where it stands.
_TOLD = (
    EventVerb.RESOLVED,
    EventVerb.REOPENED,
    EventVerb.PENDING,
    EventVerb.SNOOZED,
    EventVerb.SPAM,
    EventVerb.ASSIGNED,
    EventVerb.HANDED_OVER,
)
MOST_TOLD = 5


@dataclass(frozen=True, slots=True)
class Seen:
    """What an author knew: the last message, and the version of the newest plan of a colleague that they were shown."""

    seq: int
    planned: int = 0

    @classmethod
    def read(cls, text: str) -> "Seen | None":
        """Read what `str` wrote; None for anything else."""
        parts = text.split(".")
        if len(parts) > 2 or not all(part.isdecimal() and len(part) < 16 for part in parts):
            return None
        return cls(*map(int, parts))

    def __str__(self) -> str:
        return f"{self.seq}.{self.planned}"


class Overtaken(Conflict):
    """Others answered, plan to answer, or moved the conversation; `now` is what an author who knows of it has seen."""

    def __init__(self, messages: Sequence[Message], planned: Sequence[Draft], now: Seen) -> None:
        super().__init__(_("Somebody else was here meanwhile."))
        self.messages = messages
        self.planned = planned
        self.now = now


def check(conversation: Conversation, seen: Seen, by: User) -> None:
    """Raise Overtaken where others did something in the locked conversation that `by` has not seen."""
    said = conversation.messages.filter(seq__gt=seen.seq).exclude(author=by)
    answers = said.filter(kind=MessageKind.REPLY)
    events = said.filter(kind=MessageKind.EVENT, verb__in=_TOLD).exclude(data__actor=ActorKind.CUSTOMER)
    told = list((answers | events).select_related("author", "handle").order_by("-seq")[:MOST_TOLD])[::-1]
    plans = Draft.objects.filter(conversation=conversation, send_at__isnull=False, planned_seq__gte=seen.seq)
    planned = list(plans.filter(version__gt=seen.planned).exclude(author=by).select_related("author"))
    if told or planned:
        now = Seen(conversation.last_seq, max((draft.version for draft in planned), default=seen.planned))
        raise Overtaken(told, planned, now)
