"""Which policy holds for a conversation, and the terms it sets."""

from django.db.models import Q

from csplatform.conversations.models import Conversation
from csplatform.sla.models import Policy, Terms
from csplatform.sla.terms import fingerprint


def terms_for(conversation: Conversation) -> Terms | None:
    """The present terms of the first policy that matches; None where none does."""
    policy = match(conversation)
    if policy is None:
        return None
    data = policy.promise().as_data()
    terms, _ = Terms.objects.get_or_create(
        fingerprint=fingerprint(policy.pk, data), defaults={"policy": policy, "name": policy.name, "data": data}
    )
    return terms


def match(conversation: Conversation) -> Policy | None:
    """The first active policy, by position, all of whose conditions hold."""
    fits = (
        (Q(accounts=None) | Q(accounts=conversation.account_id))
        & (Q(teams=None) | Q(teams=conversation.team_id))
        & (Q(priorities=[]) | Q(priorities__contains=[conversation.priority]))
    )
    policies = Policy.objects.filter(fits, is_active=True).select_related("calendar")
    return policies.prefetch_related("targets", "calendar__days").order_by("position", "id").first()
