"""Writing rules, and counting what they did."""

from collections import Counter
from collections.abc import Iterable

from django.db import transaction
from django.db.models import F

from csplatform.automation.models import Action, Field, Operator, ScreeningRule
from csplatform.automation.selectors import Verdict, forget_rules
from csplatform.common import clock
from csplatform.common.text import fold


def count_hits(verdicts: Iterable[Verdict]) -> None:
    """Count which rules decided, after the present transaction commits, so that nobody waits for anybody's count."""
    hits = Counter(verdict.rule_id for verdict in verdicts if verdict.rule_id is not None)
    if hits:
        transaction.on_commit(lambda: _count(hits), robust=True)


def _count(hits: Counter[int]) -> None:
    for rule_id, number in sorted(hits.items()):
        ScreeningRule.objects.filter(pk=rule_id).update(hits=F("hits") + number, last_hit_at=clock.now())


@transaction.atomic
def block_sender(field: Field, value: str, name: str) -> ScreeningRule:
    """Return an active rule for every account that takes what `value` sends for spam; made where there is none."""
    rule, is_new = ScreeningRule.objects.get_or_create(
        account=None,
        field=field,
        operator=Operator.IS,
        value=fold(value),
        action=Action.SPAM,
        defaults={"name": name[:100]},
    )
    if not is_new and not rule.is_active:
        rule.is_active = True
        rule.save(update_fields=["is_active", "updated_at"])
    transaction.on_commit(forget_rules)
    return rule


@transaction.atomic
def unblock_sender(field: Field, value: str) -> int:
    """Take such rules away again. Returns how many there were."""
    rules = ScreeningRule.objects.filter(field=field, operator=Operator.IS, value=fold(value), action=Action.SPAM)
    gone, _by_model = rules.filter(account=None).delete()
    transaction.on_commit(forget_rules)
    return gone
