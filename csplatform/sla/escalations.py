"""Telling that escalations wait. What they do is done above this room, by whoever is rung for."""

from csplatform.common.doorbell import ring_once

BELL = "escalations"
_TASK = "csplatform.flows.tasks.escalate"


def ring_for_escalations() -> None:
    """Let what waits be done after the present transaction commits; one ring is enough for all of it."""
    ring_once(BELL, _TASK)
