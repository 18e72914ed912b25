"""Two contacts turn out to be one person."""

from django.db import transaction
from django.utils.translation import gettext as _

from csplatform.common import clock
from csplatform.common.errors import InvalidInput
from csplatform.contacts.models import Contact, Handle
from csplatform.conversations.actors import Actor
from csplatform.conversations.models import Conversation, EventVerb, Status
from csplatform.conversations.services import lock, record, touch
from csplatform.sla import services as sla
from csplatform.sla.models import Change


@transaction.atomic
def merge_contacts(*, keep: int, other: int, by: Actor) -> Contact:
    """Move everything of contact `other` to contact `keep`: whatever `other`'s channels bring from now on is `keep`'s.

    What `keep` lacks (name, language, …) is taken over; `other` remains as a signpost.
    Raises InvalidInput where the two are the same, or one has been merged before.
    """
    if keep == other:
        raise InvalidInput(_("A contact cannot be merged into itself."))
    locked = Contact.objects.select_for_update().filter(pk__in=[keep, other]).order_by("pk")
    contacts = {contact.pk: contact for contact in locked}
    if len(contacts) < 2 or any(contact.merged_into_id for contact in contacts.values()):
        raise InvalidInput(_("One of these contacts no longer exists."))
    kept, merged = contacts[keep], contacts[other]
    list(Handle.objects.select_for_update().filter(contact=merged).order_by("pk"))
    Handle.objects.filter(contact=merged).update(contact=kept)
    _refresh_screens(kept)
    _move_conversations(kept, merged, by)
    _take_over(kept, merged)
    return kept


def _move_conversations(kept: Contact, merged: Contact, by: Actor) -> None:
    ids = Conversation.objects.filter(contact=merged).order_by("pk").values_list("pk", flat=True)
    for conversation_id in list(ids):
        conversation = lock(conversation_id)
        conversation.contact = kept
        record(conversation, EventVerb.CONTACT_MERGED, by, merged=str(merged), merged_id=merged.pk, into=str(kept))
        if kept.tier != merged.tier:
            sla.retarget(conversation, clock.now(), Change.TIER)


def _refresh_screens(kept: Contact) -> None:
    """Whoever has a conversation of the kept contact open sees their new handles."""
    shown = Conversation.objects.filter(contact=kept).exclude(status__in=[Status.RESOLVED, Status.SPAM])
    for conversation_id in list(shown.order_by("pk").values_list("pk", flat=True)):
        touch(lock(conversation_id))


def _take_over(kept: Contact, merged: Contact) -> None:
    for field in ("name", "language", "timezone", "organisation_id"):
        if not getattr(kept, field):
            setattr(kept, field, getattr(merged, field))
    if merged.notes:
        kept.notes = f"{kept.notes}\n\n{merged.notes}".strip()
    kept.is_blocked = kept.is_blocked or merged.is_blocked
    kept.save()
    merged.merged_into = kept
    merged.save(update_fields=["merged_into", "updated_at"])
    Contact.objects.filter(merged_into=merged).update(merged_into=kept)
