"""A policy to start with, which an administrator then makes their own."""

from django.db import transaction

from csplatform.sla.models import Calendar, ClockKind, Policy, PolicyTarget

NAME = "Standard"
_TARGETS = {ClockKind.FIRST_RESPONSE: 60, ClockKind.NEXT_RESPONSE: 120, ClockKind.RESOLUTION: 3 * 9 * 60}
_LAST = 1000


@transaction.atomic
def ensure_default_policy(timezone: str = "UTC") -> Policy:
    """Return the policy “Standard”, made if it is missing: for every conversation that no earlier policy takes.

    An hour for the first response, two for the next, three days for the resolution, all in the hours of the
    calendar “Office hours” (Monday to Friday, nine to six, in `timezone`). What exists is left as it is.
    """
    policy = Policy.objects.filter(name=NAME).first()
    if policy is None:
        calendar, _ = Calendar.objects.get_or_create(name="Office hours", defaults={"timezone": timezone})
        policy = Policy.objects.create(name=NAME, position=_LAST, calendar=calendar)
        PolicyTarget.objects.bulk_create(
            PolicyTarget(policy=policy, kind=kind, minutes=minutes) for kind, minutes in _TARGETS.items()
        )
    return policy
