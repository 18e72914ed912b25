"""Which policy holds for a conversation, and the terms it sets."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef

from csplatform.common.languages import normalise_tag
from csplatform.conversations.models import Conversation
from csplatform.sla.models import Policy, Terms
from csplatform.sla.terms import fingerprint


@dataclass(frozen=True, slots=True)
class Facts:
    """What policies ask about a conversation."""

    account_id: int
    team_id: int | None
    priority: int
    tier: str
    language: str
    tag_ids: frozenset[int] = frozenset()


def facts_of(conversation: Conversation, tag_ids: frozenset[int] = frozenset()) -> Facts:
    """What policies ask about a conversation that bears these tags."""
    return Facts(
        conversation.account_id,
        conversation.team_id,
        conversation.priority,
        conversation.contact.tier,
        conversation.language,
        tag_ids,
    )


@dataclass(frozen=True)
class _Candidate:
    """A policy and what it asks for; an empty condition takes everything."""

    policy: Policy
    account_ids: frozenset[int]
    team_ids: frozenset[int]
    tag_ids: frozenset[int]

    def takes(self, facts: Facts) -> bool:
        language = normalise_tag(facts.language) or ""
        ways_to_say_it = {language, language.rpartition("-")[0], language.partition("-")[0]}
        return (
            _among(self.account_ids, {facts.account_id})
            and _among(self.team_ids, {facts.team_id})
            and _among(self.policy.priorities, {facts.priority})
            and _among(self.policy.tiers, {facts.tier})
            and _among(self.policy.languages, ways_to_say_it)
            and _among(self.tag_ids, facts.tag_ids)
        )


class Policies:
    """The active policies as they stand: read once, matched in memory; the terms of each are made once.

    However many conversations are asked about, the number of statements depends on that of the policies alone, as
    long as those that are saved already are among `conversation_ids`.
    """

    def __init__(self, conversation_ids: Iterable[int] = ()) -> None:
        self._conversation_ids = set(conversation_ids)
        self._tags: dict[int, set[int]] | None = None
        self._terms: dict[tuple[int, int | None], Terms] = {}

    def terms_for(self, conversation: Conversation) -> Terms | None:
        """The present terms of the first policy that matches; None where none does."""
        policy = self.match(facts_of(conversation, self._tags_of(conversation)))
        if policy is None:
            return None
        team_id = conversation.team_id if policy.calendar_of_team else None
        if (policy.pk, team_id) not in self._terms:
            self._terms[policy.pk, team_id] = _written(policy, team_id)
        return self._terms[policy.pk, team_id]

    def match(self, facts: Facts) -> Policy | None:
        """The first active policy, by position, all of whose conditions hold."""
        return next((one.policy for one in self._candidates if one.takes(facts)), None)

    @cached_property
    def _candidates(self) -> list[_Candidate]:
        names = {"account_ids": "accounts", "team_ids": "teams", "tag_ids": "tags"}
        related = {name: ArraySubquery(_ids(field)) for name, field in names.items()}
        policies = Policy.objects.filter(is_active=True).select_related("calendar").annotate(**related)
        return [
            _Candidate(policy, *(frozenset(getattr(policy, name)) for name in names))
            for policy in policies.order_by("position", "id")
        ]

    def _tags_of(self, conversation: Conversation) -> frozenset[int]:
        """The conversation's tags, where any policy asks for tags; one that is not saved yet bears none."""
        if conversation.pk is None or not any(one.tag_ids for one in self._candidates):
            return frozenset()
        if self._tags is None or conversation.pk not in self._conversation_ids:
            self._conversation_ids.add(conversation.pk)
            self._tags = defaultdict(set)
            filed = Conversation.tags.through._default_manager.filter(conversation_id__in=self._conversation_ids)
            for conversation_id, tag_id in filed.values_list("conversation_id", "tag_id"):
                self._tags[conversation_id].add(tag_id)
        return frozenset(self._tags[conversation.pk])


def _ids(field: str) -> Any:
    """The ids that a policy has in one of its relations."""
    relation: Any = Policy._meta.get_field(field)
    rows = relation.remote_field.through._default_manager.filter(policy_id=OuterRef("pk"))
    return rows.values(f"{relation.m2m_reverse_field_name()}_id")


def _among(wanted: Collection[Any], present: Collection[Any]) -> bool:
    return not wanted or any(each in wanted for each in present)


def terms_for(conversation: Conversation) -> Terms | None:
    """The present terms of the first policy that matches; None where none does."""
    return Policies().terms_for(conversation)


def _written(policy: Policy, team_id: int | None) -> Terms:
    data = policy.promise(team_id).as_data()
    terms, _ = Terms.objects.get_or_create(
        fingerprint=fingerprint(policy.pk, data), defaults={"policy": policy, "name": policy.name, "data": data}
    )
    return terms
