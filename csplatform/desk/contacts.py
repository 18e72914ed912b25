"""Reading contacts for the desk: only those whose conversations the agent may see."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db.models import Count, Q
from django.utils import timezone

from csplatform.common import clock
from csplatform.contacts.models import Contact, Handle
from csplatform.conversations.models import Conversation
from csplatform.conversations.selectors import visible_contacts, visible_conversations
from csplatform.people.models import User

MOST_PREVIOUS = 8
MOST_FOUND = 8


@dataclass(frozen=True, slots=True)
class Card:
    """A contact as the third pane shows it. `local_time` is the customer's, where their zone is known."""

    contact: Contact
    handles: list[Handle]
    previous: list[Conversation]
    local_time: datetime | None


@dataclass(frozen=True, slots=True)
class MergeSide:
    """One of two contacts about to become one."""

    contact: Contact
    handles: list[Handle]
    conversations: int


def card(user: User, conversation: Conversation) -> Card:
    """Return the conversation's contact with their other conversations, newest first, as far as `user` sees them."""
    contact = conversation.contact
    others = visible_conversations(user).filter(contact=contact).exclude(pk=conversation.pk)
    rows = others.select_related("account").defer("account__credentials").order_by("-id")
    return Card(contact, handles_of(contact), list(rows[:MOST_PREVIOUS]), _local_time(contact.timezone))


def handles_of(contact: Contact) -> list[Handle]:
    """Return how a contact can be reached, each with its account."""
    return list(contact.handles.select_related("account").defer("account__credentials"))


def find_contacts(user: User, query: str, *, but: int) -> list[Contact]:
    """Return contacts whose name or address contains `query`, other than `but`."""
    matches = Q(name__icontains=query) | Q(handles__external_id__icontains=query) | Q(handles__name__icontains=query)
    found = visible_contacts(user).filter(matches).exclude(pk=but).distinct().prefetch_related("handles")
    return list(found.order_by("-id")[:MOST_FOUND])


def merge_side(user: User, contact: Contact) -> MergeSide:
    """Return what a merge would bring together from `contact`."""
    seen = visible_conversations(user).filter(contact=contact).aggregate(number=Count("pk"))
    return MergeSide(contact, handles_of(contact), seen["number"])


def zone_of(name: str) -> ZoneInfo | None:
    """Return the time zone called `name`, None where it is unknown."""
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError):
        return None


def _local_time(name: str) -> datetime | None:
    zone = zone_of(name)
    return timezone.localtime(clock.now(), zone) if zone else None
