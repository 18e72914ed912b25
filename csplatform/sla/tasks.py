"""What beat rings; routed to the queue `clocks`, so that no other work is in the way."""

from celery import shared_task

from csplatform.sla.sweep import sweep


@shared_task
def sweep_clocks() -> None:
    """Write down the deadlines that have passed."""
    sweep()
