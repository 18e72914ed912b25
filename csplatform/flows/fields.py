"""Filling in custom fields."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from csplatform.common.errors import InvalidInput
from csplatform.contacts.models import Contact
from csplatform.conversations.actors import Actor, ActorKind
from csplatform.conversations.models import Conversation, EventVerb, Status
from csplatform.conversations.services import lock, record, touch
from csplatform.fields.models import CustomField, Kind, Target
from csplatform.fields.selectors import field_of, missing
from csplatform.fields.values import read, shown
from csplatform.flows.merged import refuse_merged

# Of a long text the history says only that it changed.
MOST_TOLD = 200


@transaction.atomic
def set_conversation_field(conversation_id: int, key: str, raw: object, *, by: Actor) -> Conversation:
    """Fill in a field of a conversation, or empty it; a line of history tells. Raises InvalidInput."""
    field = _field(Target.CONVERSATION, key)
    value = read(field, raw)
    conversation = lock(conversation_id)
    refuse_merged(conversation)
    if conversation.fields.get(key) == value:
        return conversation
    conversation.fields = _with(conversation.fields, key, value)
    new = shown(field, value)
    told = "…" if field.kind == Kind.LONG_TEXT and new else new[:MOST_TOLD]
    record(conversation, EventVerb.FIELD, by, field=key, label=str(field), new=told)
    return conversation


def with_fields(target: Target, values: Mapping[str, Any], given: Mapping[str, object]) -> dict[str, Any]:
    """Return `values` with what is `given`, read as the fields say; None empties one. Raises InvalidInput."""
    filled = dict(values)
    for key, raw in given.items():
        filled = _with(filled, key, read(_field(target, key), raw))
    return filled


@transaction.atomic
def set_contact_field(contact_id: int, key: str, raw: object) -> Contact:
    """Fill in a field of a contact, or empty it. Raises InvalidInput."""
    field = _field(Target.CONTACT, key)
    value = read(field, raw)
    contact = Contact.objects.select_for_update().get(pk=contact_id)
    if contact.fields.get(key) != value:
        contact.fields = _with(contact.fields, key, value)
        contact.save(update_fields=["fields", "updated_at"])
        show_contact(contact)
    return contact


def show_contact(contact: Contact) -> None:
    """Let the open screens notice that something about a contact changed. Needs a transaction."""
    shown_on = Conversation.objects.filter(contact=contact).exclude(status__in=[Status.RESOLVED, Status.SPAM])
    for conversation_id in list(shown_on.order_by("pk").values_list("pk", flat=True)):
        touch(lock(conversation_id))


def check_complete(conversation: Conversation, by: Actor) -> None:
    """Raise InvalidInput where an agent resolves what still lacks a required field; others are not held up."""
    if by.kind is not ActorKind.AGENT:
        return
    lacking = missing(conversation.fields, conversation.contact.fields)
    if lacking:
        names = ", ".join(str(field) for field in lacking)
        raise InvalidInput(_("Please fill in first: %(fields)s") % {"fields": names}, field=lacking[0].key)


def _field(target: Target, key: str) -> CustomField:
    field = field_of(target, key)
    if field is None:
        raise InvalidInput(_("There is no such field."), field=key[:40])
    return field


def _with(values: dict[str, Any], key: str, value: object) -> dict[str, Any]:
    return {name: held for name, held in values.items() if name != key} | ({} if value is None else {key: value})
