"""An agent wants to hear nothing more of somebody: a person, an address, or all of a domain."""

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from csplatform.automation.models import Field, ScreeningRule
from csplatform.automation.services import block_sender, unblock_sender
from csplatform.common.domains import is_shared, registrable
from csplatform.common.errors import InvalidInput
from csplatform.contacts.models import Contact
from csplatform.conversations.actors import Actor
from csplatform.conversations.models import Conversation, EventVerb, Status
from csplatform.conversations.services import lock, record
from csplatform.flows import status
from csplatform.gateway.models import ChannelAccount


@transaction.atomic
def block_contact(contact_id: int, *, by: Actor) -> Contact:
    """Take whatever a contact writes, on whichever channel, for spam; what is open with them becomes spam too.

    Once is enough. Raises Contact.DoesNotExist.
    """
    contact = Contact.objects.select_for_update().get(pk=contact_id)
    if not contact.is_blocked:
        contact.is_blocked = True
        contact.save(update_fields=["is_blocked", "updated_at"])
        _tell(contact, EventVerb.BLOCKED, by)
        _shut(contact, by)
    return contact


@transaction.atomic
def unblock_contact(contact_id: int, *, by: Actor) -> Contact:
    """Hear a contact again. What became spam meanwhile stays there until an agent opens it."""
    contact = Contact.objects.select_for_update().get(pk=contact_id)
    if contact.is_blocked:
        contact.is_blocked = False
        contact.save(update_fields=["is_blocked", "updated_at"])
        _tell(contact, EventVerb.UNBLOCKED, by)
    return contact


@transaction.atomic
def block_address(address: str, *, by: Actor, conversation_id: int | None = None) -> ScreeningRule:
    """Take whatever begins with a message from `address` for spam; `conversation_id`, where it was seen, becomes spam.

    Raises InvalidInput where that is one of our own addresses, or none.
    """
    address = address.strip().lower()
    if not address or ChannelAccount.objects.filter(address__iexact=address).exists():
        raise InvalidInput(_("This address cannot be blocked."), field="address")
    return _block(Field.ADDRESS, address, by, conversation_id)


@transaction.atomic
def block_domain(domain: str, *, by: Actor, conversation_id: int | None = None) -> ScreeningRule:
    """Take whatever comes from mail addresses of `domain`, and of domains below it, for spam, as `block_address` does.

    Raises InvalidInput for what is no domain, one that everybody registers under, a large mail provider's, or ours.
    """
    domain = domain.strip().lower().lstrip("@").rstrip(".")
    if not registrable(domain):
        raise InvalidInput(_("This is no domain that somebody owns."), field="domain")
    if is_shared(domain):
        text = _("Many people have an address at %(domain)s. Block the sender instead.")
        raise InvalidInput(text % {"domain": domain}, field="domain")
    if ChannelAccount.objects.filter(Q(address__iendswith=f"@{domain}") | Q(address__iendswith=f".{domain}")).exists():
        raise InvalidInput(_("This is our own domain."), field="domain")
    return _block(Field.DOMAIN, domain, by, conversation_id)


@transaction.atomic
def unblock_address(address: str, *, by: Actor, conversation_id: int | None = None) -> bool:
    """Take the rules that block `address` away. Returns whether there were any."""
    return _unblock(Field.ADDRESS, address.strip().lower(), by, conversation_id)


@transaction.atomic
def unblock_domain(domain: str, *, by: Actor, conversation_id: int | None = None) -> bool:
    """Take the rules that block `domain` away. Returns whether there were any."""
    return _unblock(Field.DOMAIN, domain.strip().lower().lstrip("@").rstrip("."), by, conversation_id)


def _block(field: Field, value: str, by: Actor, conversation_id: int | None) -> ScreeningRule:
    rule = block_sender(field, value, f"{value} ({by.user.name or by.user.email})" if by.user else value)
    if conversation_id is not None:
        record(lock(conversation_id), EventVerb.BLOCKED, by, **{field.value: value})
        status.mark_spam(conversation_id, by=by)
    return rule


def _unblock(field: Field, value: str, by: Actor, conversation_id: int | None) -> bool:
    found = unblock_sender(field, value) > 0
    if found and conversation_id is not None:
        record(lock(conversation_id), EventVerb.UNBLOCKED, by, **{field.value: value})
    return found


def _tell(contact: Contact, verb: EventVerb, by: Actor) -> None:
    """Write it into the contact's newest conversation, where whoever asks will look."""
    newest = contact.conversations.order_by("-id").values_list("pk", flat=True).first()
    if newest is not None:
        record(lock(newest), verb, by, contact=str(contact), contact_id=contact.pk)


def _shut(contact: Contact, by: Actor) -> None:
    still_open = Conversation.objects.filter(contact=contact).exclude(status__in=[Status.RESOLVED, Status.SPAM])
    for conversation_id in list(still_open.order_by("pk").values_list("pk", flat=True)):
        status.mark_spam(conversation_id, by=by, reason="blocked")
