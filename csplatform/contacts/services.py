"""Knowing who wrote."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

from django.db import IntegrityError, transaction

from csplatform.common import clock
from csplatform.common.bulk import insert
from csplatform.common.text import without_nul
from csplatform.contacts.models import Contact, Handle
from csplatform.gateway.contract import HandleKind, Sender
from csplatform.gateway.models import ChannelAccount

# These kinds of address mean the same person whichever account they wrote to.
SHARED_KINDS = frozenset({HandleKind.EMAIL, HandleKind.PHONE})
# How long whoever was rung for may take to ask a platform about a person before somebody else does.
PROFILE_LEASE = timedelta(minutes=1)


def handle_of(account: ChannelAccount, sender: Sender) -> Handle:
    """Return the sender's handle on `account`, as `handles_of` does."""
    return handles_of(account, [sender])[sender.external_id]


def handles_of(account: ChannelAccount, senders: Iterable[Sender]) -> dict[str, Handle]:
    """Return the senders' handles on `account` by external id, locked until the transaction ends; made where new.

    A new mail address or number joins the contact that has it on another account.
    The lock serialises everything one person sends through one account. Needs a transaction.
    """
    wanted = {sender.external_id: sender for sender in reversed([*senders])}  # the first word of a person counts
    found = _locked(account, wanted)
    while new := [sender for external_id, sender in sorted(wanted.items()) if external_id not in found]:
        try:
            with transaction.atomic():
                found |= _introduce(account, new)
        except IntegrityError:  # another worker was first with one of them
            others = _locked(account, [sender.external_id for sender in new])
            if not others:
                raise
            found |= others
    return found


def _locked(account: ChannelAccount, external_ids: Iterable[str]) -> dict[str, Handle]:
    # Weak enough for others to refer to the row meanwhile: whoever replies holds the conversation, then refers to it.
    handles = Handle.objects.select_for_update(of=("self",), no_key=True).select_related("contact")
    found = handles.filter(account=account, external_id__in=list(external_ids)).order_by("id")
    return {handle.external_id: handle for handle in found}


def set_languages(languages: Mapping[str, Iterable[Contact]]) -> None:
    """Write down in which language contacts write, now that it is known; one statement for each language."""
    for language, contacts in sorted(languages.items()):
        ids = [contact.pk for contact in contacts]
        Contact.objects.filter(pk__in=ids).update(language=language, updated_at=clock.now())


def name_handle(account: ChannelAccount, external_id: str, name: str) -> None:
    """Write down what a person calls themselves who had no name yet; a name that is there already stays."""
    name = without_nul(name)[:200]
    nameless = Handle.objects.filter(account=account, external_id=external_id, name="")
    for handle in nameless.select_for_update(of=("self",), no_key=True):
        Contact.objects.filter(pk=handle.contact_id, name="").update(name=name)
        Handle.objects.filter(pk=handle.pk).update(name=name)


def _introduce(account: ChannelAccount, senders: Sequence[Sender]) -> dict[str, Handle]:
    """Make handles for people who write to `account` for the first time; nobody else sees them before we commit."""
    contacts = _contacts_elsewhere(senders) | _contacts_in_private(account, senders)
    strangers = {
        sender.external_id: Contact(name=without_nul(sender.name)[:200], language=sender.language[:20])
        for sender in senders
        if sender.external_id not in contacts
    }
    insert(list(strangers.values()))
    contacts |= strangers
    asks = account.adapter().abilities.profile is not None
    handles = [
        Handle(
            account=account,
            external_id=sender.external_id,
            kind=sender.kind,
            name=without_nul(sender.name)[:200],
            contact=contacts[sender.external_id],
            profile_due_at=clock.now() + PROFILE_LEASE if asks and sender.kind != HandleKind.PUBLIC else None,
        )
        for sender in senders
    ]
    return {handle.external_id: handle for handle in insert(handles)}


def _contacts_in_private(account: ChannelAccount, senders: Iterable[Sender]) -> dict[str, Contact]:
    """Return who speaks in public and can be written to in private; their private handles are made where new."""
    public = {sender.external_id: sender for sender in senders if sender.kind == HandleKind.PUBLIC and sender.private}
    if not public:
        return {}
    people = {
        sender.private: Sender(sender.private, HandleKind.SOCIAL, sender.name, sender.language)
        for sender in public.values()
    }
    private = handles_of(account, people.values())
    return {external_id: private[sender.private].contact for external_id, sender in public.items()}


def _contacts_elsewhere(senders: Iterable[Sender]) -> dict[str, Contact]:
    """Return who among `senders` is known from another account, with the name they give where there was none."""
    shared = {sender.external_id: sender for sender in senders if sender.kind in SHARED_KINDS}
    known = Handle.objects.filter(kind__in=SHARED_KINDS, external_id__in=shared).select_related("contact")
    contacts: dict[str, Contact] = {}
    for handle in known.order_by("id") if shared else ():
        sender = shared[handle.external_id]
        if handle.kind == sender.kind:
            contacts.setdefault(handle.external_id, handle.contact)
    for external_id, contact in contacts.items():
        name = without_nul(shared[external_id].name)[:200]
        if name and not contact.name:
            Contact.objects.filter(pk=contact.pk).update(name=name)
    return contacts
