"""What people tell of themselves outside of what they say: an address, a time zone."""

from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from csplatform.common import clock
from csplatform.common.errors import InvalidInput
from csplatform.common.text import one_line, without_nul
from csplatform.contacts.models import Contact, GivenAddress, Handle
from csplatform.contacts.services import name_handle
from csplatform.conversations.models import Conversation
from csplatform.conversations.services import lock, touch
from csplatform.flows import fallback


@transaction.atomic
def leave_address(handle: Handle, email: str, name: str = "", *, verified: bool = False) -> GivenAddress:
    """Write down that whoever `handle` is wants to be answered at `email` when they are gone; the newest counts.

    Unless `verified` it proves nothing: nobody is merged by it, but agents see whose address it is. Answers that are
    unread by now are planned to go there. Again changes nothing. Raises InvalidInput for what is no mail address.
    """
    email = without_nul(email).strip().lower()
    try:
        validate_email(email)
    except ValidationError:
        raise InvalidInput(_("“%(address)s” is not a mail address.") % {"address": email}, field="email") from None
    given, _new = GivenAddress.objects.update_or_create(
        handle=handle,
        email=email,
        defaults={"name": one_line(without_nul(name), 200), "is_verified": verified},
    )
    if name:
        name_handle(handle.account, handle.external_id, name)
    fallback.plan_for(handle)
    _show(handle)
    return given


def remember_timezone(handle: Handle, zone: str) -> bool:
    """Write down the time zone (IANA) that a person's own device names; returns whether it was news."""
    if zone not in available_timezones():
        return False
    contacts = Contact.objects.filter(pk=handle.contact_id).exclude(timezone=zone)
    return contacts.update(timezone=zone, updated_at=clock.now()) > 0


def _show(handle: Handle) -> None:
    newest = Conversation.objects.filter(handle=handle).order_by("-id").values_list("pk", flat=True).first()
    if newest is not None:
        touch(lock(newest))
