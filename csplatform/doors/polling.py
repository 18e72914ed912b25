"""Asking platforms that do not call."""

import structlog
from django.db import transaction

from csplatform.common.doorbell import ring
from csplatform.common.locks import only_one
from csplatform.gateway.contract import Cursor
from csplatform.gateway.errors import SendFailed
from csplatform.gateway.models import ChannelAccount
from csplatform.gateway.services import accept_fetched

log = structlog.get_logger(__name__)

POLL = "csplatform.doors.tasks.poll"
MOST_ROUNDS = 20
# First key of the advisory locks that keep two workers off one account.
LOCK_SPACE = 0x706F6C6C


def ring_all() -> int:
    """Ring for every active account whose channel wants to be polled. Returns how many."""
    accounts = ChannelAccount.objects.filter(is_active=True)
    polled = [account for account in accounts if account.adapter().abilities.polled]
    for account in polled:
        ring(POLL, account.pk)
    return len(polled)


def poll(account_id: int) -> None:
    """Fetch an account's news until there is no more; does nothing where another worker is at it already."""
    with only_one(LOCK_SPACE, account_id) as mine:
        if mine:
            _poll(account_id)


def _poll(account_id: int) -> None:
    for _round in range(MOST_ROUNDS):
        account = ChannelAccount.objects.filter(pk=account_id, is_active=True).first()
        if account is None:  # it was closed since somebody rang for it
            return
        try:
            result = account.adapter().fetch(Cursor(account.cursor))
        except SendFailed as error:  # the channel could not reach its platform, or was refused
            ChannelAccount.objects.filter(pk=account_id).update(last_error=error.reason[:1000])
            log.warning("poll_failed", account=account_id, reason=error.reason)
            return
        with transaction.atomic():
            accept_fetched(account, result)
        if not result.more:
            return
