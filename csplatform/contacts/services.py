"""Knowing who wrote."""

from typing import Any

from csplatform.common.text import without_nul
from csplatform.contacts.models import Contact, Handle
from csplatform.gateway.contract import HandleKind, Sender
from csplatform.gateway.models import ChannelAccount

# These kinds of address mean the same person whichever account they wrote to.
SHARED_KINDS = frozenset({HandleKind.EMAIL, HandleKind.PHONE})


def handle_of(account: ChannelAccount, sender: Sender) -> Handle:
    """Return the sender's handle on `account`, locked until the transaction ends; made where it is new.

    A new mail address or number joins the contact that has it on another account.
    The lock serialises everything one person sends through one account. Needs a transaction.
    """
    new: dict[str, Any] = {
        "kind": sender.kind,
        "name": without_nul(sender.name)[:200],
        # Called only where the handle is new, and rolled back with it where another worker was first.
        "contact": lambda: _contact_for(sender),
    }
    Handle.objects.get_or_create(account=account, external_id=sender.external_id, defaults=new)
    # Weak enough for others to refer to the row meanwhile: whoever replies holds the conversation, then refers to it.
    handles = Handle.objects.select_for_update(of=("self",), no_key=True).select_related("contact")
    return handles.get(account=account, external_id=sender.external_id)


def name_handle(account: ChannelAccount, external_id: str, name: str) -> None:
    """Write down what a person calls themselves who had no name yet; a name that is there already stays."""
    name = without_nul(name)[:200]
    nameless = Handle.objects.filter(account=account, external_id=external_id, name="")
    for handle in nameless.select_for_update(of=("self",), no_key=True):
        Contact.objects.filter(pk=handle.contact_id, name="").update(name=name)
        Handle.objects.filter(pk=handle.pk).update(name=name)


def _contact_for(sender: Sender) -> Contact:
    name = without_nul(sender.name)[:200]
    known = _contact_elsewhere(sender)
    if known is None:
        return Contact.objects.create(name=name, language=sender.language[:20])
    if name and not known.name:
        Contact.objects.filter(pk=known.pk).update(name=name)
    return known


def _contact_elsewhere(sender: Sender) -> Contact | None:
    if sender.kind not in SHARED_KINDS:
        return None
    known = Handle.objects.filter(kind=sender.kind, external_id=sender.external_id).select_related("contact")
    handle = known.order_by("id").first()
    return handle.contact if handle else None
