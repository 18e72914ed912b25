"""A customer whom we knew by a stand-in turns out to be somebody: what they said goes with them."""

from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Concat, Substr

from csplatform.contacts.models import GivenAddress, Handle
from csplatform.contacts.services import handle_of, name_handle
from csplatform.conversations.actors import CUSTOMER
from csplatform.conversations.models import Conversation, Dispatch, Message, Route
from csplatform.conversations.services import lock, touch
from csplatform.flows.merge import merge_contacts
from csplatform.gateway.contract import Sender
from csplatform.gateway.models import ChannelAccount


@transaction.atomic
def carry_over(account: ChannelAccount, stand_in: str, person: Sender) -> Handle | None:
    """Give everything of the handle `stand_in` to `person`, on the same account; returns the person's handle.

    External ids that begin with `stand_in:` begin with the person's id from now on, so that repeats and receipts are
    still recognised. Where nobody else knows the stand-in's contact, it becomes the person's contact.
    Returns None where `stand_in` never wrote (or was carried over before): there is nothing to do then.
    """
    old = Handle.objects.select_for_update(of=("self",)).filter(account=account, external_id=stand_in).first()
    if old is None:
        return None
    known = Handle.objects.filter(account=account, external_id=person.external_id).exists()
    handle = _join(account, old, person) if known else _rename(old, person)
    _rename_ids(account, handle, stand_in, person.external_id)
    name_handle(account, person.external_id, person.name)
    for conversation_id in Conversation.objects.filter(handle=handle).order_by("pk").values_list("pk", flat=True):
        touch(lock(conversation_id))
    return handle


def _rename(old: Handle, person: Sender) -> Handle:
    old.external_id = person.external_id
    old.save(update_fields=["external_id", "updated_at"])
    return old


def _join(account: ChannelAccount, old: Handle, person: Sender) -> Handle:
    handle = handle_of(account, person)
    contact = old.contact
    if contact.pk != handle.contact_id and not contact.handles.exclude(pk=old.pk).exists():
        merge_contacts(keep=handle.contact_id, other=contact.pk, by=CUSTOMER)
    for conversation_id in Conversation.objects.filter(handle=old).order_by("pk").values_list("pk", flat=True):
        conversation = lock(conversation_id)
        conversation.handle = handle
        conversation.contact_id = handle.contact_id
        conversation.save(update_fields=["handle", "contact", "updated_at"])
    Message.objects.filter(handle=old).update(handle=handle)
    Route.objects.filter(handle=old).exclude(conversation__routes__handle=handle).update(handle=handle)
    known = GivenAddress.objects.filter(handle=handle).values("email")
    GivenAddress.objects.filter(handle=old).exclude(email__in=known).update(handle=handle)
    old.delete()
    return handle


def _rename_ids(account: ChannelAccount, handle: Handle, old: str, new: str) -> None:
    begins = {"account": account, "external_id__startswith": f"{old}:"}
    renamed = Concat(Value(new), Substr(F("external_id"), len(old) + 1))
    Message.objects.filter(handle=handle, **begins).update(external_id=renamed)
    Dispatch.objects.filter(message__handle=handle, **begins).update(external_id=renamed)
