"""What beat rings, and how often. Every entry expires before its next ring, so an outage piles nothing up."""

from typing import Any

from celery.schedules import crontab


def _every(seconds: float, task: str) -> dict[str, Any]:
    return {"task": task, "schedule": seconds, "options": {"expires": seconds}}


def _daily(hour: int, minute: int, task: str) -> dict[str, Any]:
    """Each day at this hour and minute (UTC)."""
    return {"task": task, "schedule": crontab(hour=hour, minute=minute), "options": {"expires": 12 * 3600}}


BEAT_SCHEDULE = {
    "sla-sweep": _every(1, "csplatform.sla.tasks.sweep_clocks"),
    "search-stale": _every(1, "csplatform.search.tasks.read_what_is_stale"),
    "unpack-waiting": _every(10, "csplatform.doors.tasks.ring_waiting_deliveries"),
    "poll-accounts": _every(15, "csplatform.doors.tasks.poll_accounts"),
    "deliver-waiting": _every(5, "csplatform.flows.tasks.ring_waiting_dispatches"),
    "send-planned": _every(5, "csplatform.flows.tasks.ring_planned"),
    "fetch-media": _every(30, "csplatform.flows.tasks.ring_waiting_downloads"),
    "examine-waiting": _every(30, "csplatform.flows.tasks.ring_waiting_examinations"),
    "ask-profiles": _every(30, "csplatform.flows.tasks.ring_waiting_profiles"),
    "shred-erased": _every(60, "csplatform.privacy.tasks.ring_unfinished_erasures"),
    "escalate-waiting": _every(10, "csplatform.flows.tasks.escalate"),
    "wake-snoozed": _every(15, "csplatform.flows.tasks.wake_snoozed"),
    "mail-unread-answers": _every(10, "csplatform.flows.tasks.mail_unread_answers"),
    "end-gone-presence": _every(15, "csplatform.people.tasks.end_gone"),
    "sweep-notifications": _daily(3, 41, "csplatform.notifications.tasks.sweep_notifications"),
    "reconcile-mail": _daily(3, 17, "channels_email.tasks.reconcile_accounts"),
}
