"""Asking a platform who somebody is: their messages come with an id only."""

from datetime import datetime, timedelta

import structlog
from django.db import transaction

from csplatform.common import clock
from csplatform.common.doorbell import ring
from csplatform.common.text import without_nul
from csplatform.contacts.models import Contact, Handle
from csplatform.contacts.services import PROFILE_LEASE
from csplatform.gateway.contract import Profile
from csplatform.gateway.errors import SendFailed, SendUnavailable

log = structlog.get_logger(__name__)

ASK = "csplatform.flows.tasks.ask_profile"
# The platform is asked again for so long; then the person keeps their id for a name.
PATIENCE = timedelta(hours=1)


def ring_for(handle: Handle) -> None:
    """Ring after commit for somebody whom the platform is to be asked about."""
    if handle.profile_due_at is not None:
        ring(ASK, handle.pk)


def ring_waiting(limit: int = 200) -> int:
    """Ring for everybody whose time has come. Returns how many."""
    due = Handle.objects.filter(profile_due_at__lte=clock.now()).order_by("profile_due_at")
    ids = list(due.values_list("pk", flat=True)[:limit])
    for pk in ids:
        ring(ASK, pk)
    return len(ids)


def ask(handle_id: int) -> None:
    """Write down what the platform tells of a person, where nothing was known; a busy one is asked again."""
    handle = _claim(handle_id)
    if handle is None:
        return
    look_up = handle.account.adapter().abilities.profile
    try:
        found = look_up(handle.account.config, handle.external_id) if look_up else Profile()
    except SendUnavailable as error:
        _again(handle, error.retry_after)
    except SendFailed as error:
        log.info("profile_refused", handle=handle.pk, reason=error.reason)
        _settle(handle, None)
    else:
        _write_down(handle, found)


def _claim(handle_id: int) -> Handle | None:
    wanted = Handle.objects.filter(pk=handle_id, profile_due_at__isnull=False)
    if not wanted.update(profile_due_at=clock.now() + PROFILE_LEASE):
        return None
    return wanted.select_related("account").first()


def _again(handle: Handle, retry_after: float | None) -> None:
    waited = clock.now() - handle.created_at
    wait = max(PROFILE_LEASE, waited, timedelta(seconds=retry_after or 0))
    _settle(handle, None if waited > PATIENCE else clock.now() + wait)


def _settle(handle: Handle, due: datetime | None) -> None:
    Handle.objects.filter(pk=handle.pk).update(profile_due_at=due)


@transaction.atomic
def _write_down(handle: Handle, found: Profile) -> None:
    locked = Handle.objects.select_for_update(of=("self",), no_key=True).get(pk=handle.pk)
    locked.name = locked.name or without_nul(found.name)[:200]
    locked.profile_due_at = None
    locked.save(update_fields=["name", "profile_due_at", "updated_at"])
    contact = Contact.objects.select_for_update().get(pk=locked.contact_id)
    contact.name = contact.name or locked.name
    contact.language = contact.language or found.language[:20]
    contact.timezone = contact.timezone or found.timezone[:64]
    contact.save(update_fields=["name", "language", "timezone", "updated_at"])
