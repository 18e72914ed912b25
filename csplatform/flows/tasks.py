"""Thin doors from Celery to the flows."""

from celery import shared_task

from csplatform.common import clock
from csplatform.common.doorbell import ring
from csplatform.conversations.models import Attachment
from csplatform.flows import attachments, details, examine, fallback, profiles, send_later, signals, status
from csplatform.flows import deliver as delivery
from csplatform.flows import escalate as escalation


@shared_task
def deliver(conversation_id: int) -> None:
    """Send what waits in a conversation."""
    delivery.deliver(conversation_id)


@shared_task
def ring_waiting_dispatches() -> int:
    """Ring for replies whose ring was lost, whose time has come again, or whose worker died."""
    return delivery.ring_waiting()


@shared_task
def fetch_attachment(attachment_id: int) -> None:
    """Fetch a file from its platform."""
    attachments.fetch(attachment_id)


@shared_task
def ring_waiting_downloads() -> int:
    """Ring for files that are still to be fetched."""
    waiting = Attachment.objects.filter(file="", error="", retry_at__lte=clock.now())
    ids = list(waiting.order_by("retry_at").values_list("pk", flat=True)[:200])
    for pk in ids:
        ring(attachments.FETCH, pk)
    return len(ids)


@shared_task
def wake_snoozed() -> int:
    """Wake conversations whose snooze has ended."""
    return status.wake_due()


@shared_task
def escalate() -> int:
    """Do what policies ask for where deadlines come near or were missed."""
    return escalation.act_on_waiting()


@shared_task
def call_webhook(escalation_id: int) -> None:
    """Call the webhook of an escalation."""
    escalation.call_webhook(escalation_id)


@shared_task
def tier_changed(contact_id: int) -> None:
    """Ask again what is promised to a contact whose tier was changed."""
    details.tier_changed(contact_id)


@shared_task
def examine_message(message_id: int) -> None:
    """Look closer at a message."""
    examine.examine(message_id)


@shared_task
def ring_waiting_examinations() -> int:
    """Ring for messages that are still to be looked at."""
    return examine.ring_waiting()


@shared_task
def ask_profile(handle_id: int) -> None:
    """Ask a platform who somebody is."""
    profiles.ask(handle_id)


@shared_task
def ring_waiting_profiles() -> int:
    """Ring for people whose platform is still to be asked who they are."""
    return profiles.ring_waiting()


@shared_task
def show_typing(conversation_id: int) -> None:
    """Show a customer that somebody is typing."""
    signals.send_typing(conversation_id)


@shared_task
def show_read(conversation_id: int) -> None:
    """Show a customer that what they wrote was read."""
    signals.send_read(conversation_id)


@shared_task
def mail_unread_answers() -> int:
    """Mail answers that nobody read in the chat."""
    return fallback.mail_due()


@shared_task
def send_planned(draft_id: int) -> None:
    """Send an answer whose moment has come."""
    send_later.send(draft_id)


@shared_task
def ring_planned() -> int:
    """Ring for answers whose moment has come, and hold back what a customer's message has overtaken."""
    return send_later.ring_due()
