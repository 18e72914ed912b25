"""Reading contacts for the desk: only those whose conversations the agent may see."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from csplatform.contacts.models import Contact, ContactMerge, ContactNote, GivenAddress, Handle, Organisation, Tier
from csplatform.conversations.models import Conversation
from csplatform.conversations.selectors import visible_contacts, visible_conversations
from csplatform.desk.history import language_name
from csplatform.desk.relations import related_to
from csplatform.desk.zones import local_time, presumed_zone
from csplatform.fields.models import Target
from csplatform.fields.selectors import Entry, active_fields, entries
from csplatform.fields.values import shown
from csplatform.flows.merge import facts_of, undoable_merge
from csplatform.gateway.contract import HandleKind
from csplatform.people.models import User

MOST_PREVIOUS = 8
MOST_FOUND = 8
MOST_ALIKE = 3
MOST_NOTES = 20


@dataclass(frozen=True, slots=True)
class Card:
    """A contact as the third pane shows it. `local_time` is the customer's, a guess where `zone_is_guessed`.

    `older` leads to further conversations. `merge` is the latest merge, with why it cannot be taken back, if so.
    """

    contact: Contact
    handles: list[Handle]
    given: list[GivenAddress]
    previous: list[Conversation]
    older: int | None
    related: list[Conversation]
    alike: list[Contact]
    notes: list[ContactNote]
    about_conversation: list[Entry]
    about_contact: list[Entry]
    local_time: datetime | None
    zone: str
    zone_is_guessed: bool
    merge: ContactMerge | None
    merge_is_final: str


@dataclass(frozen=True, slots=True)
class MergeSide:
    """One of two contacts about to become one."""

    contact: Contact
    handles: list[Handle]
    conversations: int


@dataclass(frozen=True, slots=True)
class Choice:
    """A fact that two contacts have differently: one of them is kept."""

    name: str
    label: str
    kept: str
    merged: str


def card(user: User, conversation: Conversation) -> Card:
    """Return all that `user` may know of the conversation's contact, in a fixed number of queries."""
    contact = conversation.contact
    handles = handles_of(contact)
    given = list(GivenAddress.objects.filter(handle__in=handles))
    found, older = previous(user, conversation)
    fields = active_fields()
    zone, is_guess = presumed_zone(contact, handles)
    merge = undoable_merge(contact)
    return Card(
        contact=contact,
        handles=handles,
        given=given,
        previous=found,
        older=older,
        related=related_to(user, conversation),
        alike=_alike(user, contact, handles, given),
        notes=list(contact.remarks.select_related("author")[:MOST_NOTES]),
        about_conversation=entries(fields, Target.CONVERSATION, conversation.fields),
        about_contact=entries(fields, Target.CONTACT, contact.fields),
        local_time=local_time(zone),
        zone=zone,
        zone_is_guessed=is_guess,
        merge=merge[0] if merge else None,
        merge_is_final=merge[1] if merge else "",
    )


def previous(
    user: User, conversation: Conversation, before: int | None = None
) -> tuple[list[Conversation], int | None]:
    """Return a page of the contact's other conversations, newest first, and what to ask for the next one with."""
    others = visible_conversations(user).filter(contact=conversation.contact_id, merged_into__isnull=True)
    if before is not None:
        others = others.filter(pk__lt=before)
    rows = others.exclude(pk=conversation.pk).select_related("account").defer("account__credentials").order_by("-id")
    found = list(rows[: MOST_PREVIOUS + 1])
    more = len(found) > MOST_PREVIOUS
    return found[:MOST_PREVIOUS], found[MOST_PREVIOUS - 1].pk if more else None


def handles_of(contact: Contact) -> list[Handle]:
    """Return how a contact can be reached, each with its account."""
    return list(contact.handles.select_related("account").defer("account__credentials"))


def organisations() -> QuerySet[Organisation, str]:
    """Return the names of organisations to choose from."""
    return Organisation.objects.values_list("name", flat=True)[:200]


def _alike(user: User, contact: Contact, handles: list[Handle], given: list[GivenAddress]) -> list[Contact]:
    """Return contacts who may be the same person: they have, or left, an address or id that this one has or left."""
    kinds = {HandleKind.EMAIL.value, HandleKind.PHONE.value, HandleKind.SOCIAL.value}
    own = [handle.external_id for handle in handles if handle.kind in kinds]
    left = [address.email for address in given]
    if not own and not left:
        return []
    same = Q(handles__external_id__in=[*own, *left], handles__kind__in=kinds)
    if own:
        same |= Q(handles__given_addresses__email__in=own)
    found = visible_contacts(user).filter(same).exclude(pk=contact.pk).distinct().prefetch_related("handles")
    return list(found.order_by("-id")[:MOST_ALIKE])


def find_contacts(user: User, query: str, *, but: int) -> list[Contact]:
    """Return contacts whose name or address contains `query`, other than `but`."""
    matches = Q(name__icontains=query) | Q(handles__external_id__icontains=query) | Q(handles__name__icontains=query)
    found = visible_contacts(user).filter(matches).exclude(pk=but).distinct().prefetch_related("handles")
    return list(found.order_by("-id")[:MOST_FOUND])


def merge_side(user: User, contact: Contact) -> MergeSide:
    """Return what a merge would bring together from `contact`."""
    seen = visible_conversations(user).filter(contact=contact).aggregate(number=Count("pk"))
    return MergeSide(contact, handles_of(contact), seen["number"])


def choices_between(kept: Contact, merged: Contact) -> list[Choice]:
    """Return the facts that both contacts have, and differently."""
    ours, theirs = facts_of(kept), facts_of(merged)
    named = _names()
    differing = [name for name in named if ours.get(name) and theirs.get(name) and ours[name] != theirs[name]]
    return [
        Choice(name, named[name][0], named[name][1](kept, ours[name]), named[name][1](merged, theirs[name]))
        for name in differing
    ]


def _names() -> dict[str, Any]:
    """Return, by the names of facts, what each is called and how it is shown."""
    named: dict[str, Any] = {
        "name": (_("Name"), lambda _contact, value: value),
        "organisation_id": (_("Organisation"), lambda contact, _value: str(contact.organisation)),
        "tier": (_("Tier"), lambda _contact, value: str(Tier(value).label)),
        "language": (_("Language"), lambda _contact, value: language_name(value)),
        "timezone": (_("Time zone"), lambda _contact, value: value),
    }
    for field in active_fields():
        if field.target == Target.CONTACT:
            named[f"fields.{field.key}"] = str(field), lambda _contact, value, field=field: shown(field, value)
    return named
