"""Two contacts turn out to be one person; or it turns out that they are not."""

from collections.abc import Collection
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from csplatform.common import clock
from csplatform.common.errors import Conflict, InvalidInput
from csplatform.contacts.models import Contact, ContactMerge, ContactNote, Handle, Tier
from csplatform.conversations.actors import Actor
from csplatform.conversations.models import Conversation, ConversationMerge, EventVerb
from csplatform.conversations.services import lock, record
from csplatform.flows.details import tier_changed
from csplatform.flows.fields import show_contact

# What a contact has one of; a custom field is called "fields." and its key.
FACTS = ("name", "language", "timezone", "tier", "organisation_id")
_PREFIX = "fields."


@transaction.atomic
def merge_contacts(*, keep: int, other: int, by: Actor, take: Collection[str] = ()) -> Contact:
    """Move everything of contact `other` to contact `keep`: whatever `other`'s channels bring from now on is `keep`'s.

    What `keep` lacks (name, language, …) is taken over, and of what both have, the facts named in `take`; `other`
    remains as a signpost. Raises InvalidInput where the two are the same, or one has been merged before.
    """
    if keep == other:
        raise InvalidInput(_("A contact cannot be merged into itself."))
    locked = Contact.objects.select_for_update().filter(pk__in=[keep, other]).order_by("pk")
    contacts = {contact.pk: contact for contact in locked}
    if len(contacts) < 2 or any(contact.merged_into_id for contact in contacts.values()):
        raise InvalidInput(_("One of these contacts no longer exists."))
    kept, merged = contacts[keep], contacts[other]
    tiers = {kept.tier, merged.tier}
    before = _move(kept, merged) | {"kept": facts_of(kept)}
    show_contact(kept)
    _move_conversations(before["conversations"], kept, merged, by)
    _take_over(kept, merged, take)
    if tiers != {kept.tier}:
        tier_changed(kept.pk)
    before["after"] = facts_of(kept)
    ContactMerge.objects.create(kept=kept, merged=merged, by=by.user, before=before)
    return kept


@transaction.atomic
def undo_contact_merge(merge_id: int, *, by: Actor) -> Contact:
    """Make two contacts of one again, and return the one that comes back.

    Its addresses, what they brought since, its notes and facts go with it; facts that were changed since stay as they
    are. Raises Conflict, with the reason, where that is no longer possible.
    """
    found = ContactMerge.objects.get(pk=merge_id)
    locked = Contact.objects.select_for_update().filter(pk__in=[found.kept_id, found.merged_id]).order_by("pk")
    contacts = {contact.pk: contact for contact in locked}
    merge = ContactMerge.objects.select_for_update().get(pk=merge_id)
    kept, merged = contacts[merge.kept_id], contacts[merge.merged_id]
    reason = why_final(merge, kept, merged)
    if reason:
        raise Conflict(reason)
    before = merge.before
    theirs = Q(pk__in=before["conversations"]) | Q(handle__in=before["handles"])
    ids = list(Conversation.objects.filter(theirs, contact=kept).order_by("pk").values_list("pk", flat=True))
    Handle.objects.filter(pk__in=before["handles"]).update(contact=merged)
    ContactNote.objects.filter(pk__in=before["notes"], contact=kept).update(contact=merged)
    Contact.objects.filter(pk__in=before["signposts"], merged_into=kept).update(merged_into=merged)
    merged.merged_into = None
    merged.save(update_fields=["merged_into", "updated_at"])
    _restore(kept, before)
    for conversation_id in ids:
        conversation = lock(conversation_id)
        conversation.contact = merged
        record(conversation, EventVerb.CONTACT_UNMERGED, by, contact=str(merged), contact_id=merged.pk)
    if before["kept"]["tier"] != before["after"]["tier"] or kept.tier != merged.tier:
        tier_changed(kept.pk)
        tier_changed(merged.pk)
    show_contact(kept)
    merge.undone_at = clock.now()
    merge.save(update_fields=["undone_at"])
    return merged


def why_final(merge: ContactMerge, kept: Contact, merged: Contact) -> str:
    """Return why a merge of contacts cannot be taken back any more; empty while it can."""
    if merge.undone_at is not None or merged.merged_into_id != kept.pk or kept.merged_into_id is not None:
        return _("This merge was taken back, or followed by another.")
    moved = merge.before["handles"]
    if Handle.objects.filter(pk__in=moved, contact=kept).count() != len(moved):
        return _("One of the addresses is somebody else's by now, or was erased.")
    both = ConversationMerge.objects.filter(at__gt=merge.at, undone_at__isnull=True, kept__contact=kept)
    if both.filter(Q(kept__handle__in=moved) ^ Q(merged__handle__in=moved)).exists():
        return _("Conversations of both were merged since.")
    return ""


def undoable_merge(contact: Contact) -> tuple[ContactMerge, str] | None:
    """Return the contact's latest merge that was not taken back, and why it cannot be (empty while it can)."""
    merge = contact.merges.filter(undone_at__isnull=True).select_related("merged", "by").first()
    return (merge, why_final(merge, contact, merge.merged)) if merge is not None else None


def facts_of(contact: Contact) -> dict[str, Any]:
    """Return what a contact has one of, by the names that `take` uses, and whether it is blocked."""
    facts: dict[str, Any] = {name: getattr(contact, name) for name in FACTS}
    facts |= {f"{_PREFIX}{key}": value for key, value in contact.fields.items()}
    return facts | {"is_blocked": contact.is_blocked}


def _move(kept: Contact, merged: Contact) -> dict[str, Any]:
    """Move what hangs on a contact; returns the ids of what has to come back."""
    handles = list(
        Handle.objects.select_for_update().filter(contact=merged).order_by("pk").values_list("pk", flat=True)
    )
    notes = list(ContactNote.objects.filter(contact=merged).values_list("pk", flat=True))
    signposts = list(Contact.objects.filter(merged_into=merged).values_list("pk", flat=True))
    conversations = Conversation.objects.filter(contact=merged).order_by("pk")
    moved = {"handles": handles, "notes": notes, "signposts": signposts}
    moved["conversations"] = list(conversations.values_list("pk", flat=True))
    Handle.objects.filter(pk__in=handles).update(contact=kept)
    ContactNote.objects.filter(pk__in=notes).update(contact=kept)
    return moved


def _move_conversations(ids: list[int], kept: Contact, merged: Contact, by: Actor) -> None:
    for conversation_id in ids:
        conversation = lock(conversation_id)
        conversation.contact = kept
        record(conversation, EventVerb.CONTACT_MERGED, by, merged=str(merged), merged_id=merged.pk, into=str(kept))


def _take_over(kept: Contact, merged: Contact, take: Collection[str]) -> None:
    for field in FACTS:
        lacks = not getattr(kept, field) or (field == "tier" and kept.tier == Tier.STANDARD)
        if (lacks or field in take) and getattr(merged, field):
            setattr(kept, field, getattr(merged, field))
    chosen = {key: value for key, value in merged.fields.items() if f"{_PREFIX}{key}" in take}
    kept.fields = merged.fields | kept.fields | chosen
    kept.is_blocked = kept.is_blocked or merged.is_blocked
    kept.save()
    merged.merged_into = kept
    merged.save(update_fields=["merged_into", "updated_at"])
    Contact.objects.filter(merged_into=merged).update(merged_into=kept)


def _restore(kept: Contact, before: dict[str, Any]) -> None:
    """Give back the facts that are still as the merge left them."""
    present, was, after = facts_of(kept), before["kept"], before["after"]
    fields = dict(kept.fields)
    for name in after:
        if present.get(name) != after[name] or was.get(name) == after[name]:
            continue
        if not name.startswith(_PREFIX):
            setattr(kept, name, was[name])
        elif name in was:
            fields[name.removeprefix(_PREFIX)] = was[name]
        else:
            fields.pop(name.removeprefix(_PREFIX), None)
    kept.fields = fields
    kept.save()
