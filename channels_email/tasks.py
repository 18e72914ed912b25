"""Thin doors from Celery to what is done for mailboxes now and then."""

import structlog
from celery import shared_task

from channels_email.reconcile import Report, reconcile
from csplatform.common.doorbell import ring
from csplatform.gateway.models import ChannelAccount

log = structlog.get_logger(__name__)

RECONCILE = "channels_email.tasks.reconcile_account"


@shared_task
def reconcile_accounts() -> int:
    """Ring for each active account's comparison with its mailbox."""
    ids = list(ChannelAccount.objects.filter(channel="email", is_active=True).values_list("pk", flat=True))
    for account_id in ids:
        ring(RECONCILE, account_id)
    return len(ids)


@shared_task
def reconcile_account(account_id: int) -> None:
    """Compare one account with its mailbox, and write down what is not as it should be."""
    account = ChannelAccount.objects.filter(pk=account_id).first()
    if account is None:
        return
    report = reconcile(account)
    numbers = {"missing": report.missing, "doubled": report.doubled, "unfinished": report.unfinished_count}
    if not report.differs:
        log.info("mail_reconciled", account=account_id, **numbers)
        return
    log.error("mail_differs", account=account_id, trouble=report.trouble, **numbers)
    ChannelAccount.objects.filter(pk=account_id).update(last_error=in_short(report)[:1000])


def in_short(report: Report) -> str:
    """Return what is not as it should be, in one line."""
    counted = {
        "on the server and not stored": report.missing,
        "stored twice": report.doubled,
        "stored without a message": report.unfinished_count,
    }
    said = [f"{count} {what}" for what, count in counted.items() if count]
    return "; ".join([*report.trouble, *(["mail: " + ", ".join(said)] if said else [])])
