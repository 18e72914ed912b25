"""Which rule decides about a message."""

import time
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext

from csplatform.automation.models import Action, Field, Operator, ScreeningRule
from csplatform.automation.selectors import Verdict, forget_rules, screen
from csplatform.automation.services import block_sender, count_hits, unblock_sender
from csplatform.gateway.contract import HandleKind
from tests.factories import inbound, make_account

pytestmark = pytest.mark.django_db


def rule(field: str, operator: str, value: str, action: str = "spam", **fields: Any) -> ScreeningRule:
    fields = {"name": f"{field} {operator} {value}"[:100]} | fields
    return ScreeningRule.objects.create(field=field, operator=operator, value=value, action=action, **fields)


def judged(
    text: str = "Hello", *, account: Any = None, sender: str = "ada@mail.shop.example", **fields: Any
) -> Verdict:
    fields = {"kind": HandleKind.EMAIL} | fields
    return screen(account or make_account(), inbound(text, sender=sender, **fields))


def test_without_rules_the_carriers_word_counts() -> None:
    assert judged() == Verdict(False, None, {})
    assert judged(spam=True) == Verdict(True, None, {"reason": "score"})
    scored = judged(spam=True, metadata={"spam_score": 7.5})
    assert scored == Verdict(True, None, {"reason": "score", "score": 7.5})


@pytest.mark.parametrize(
    ("field", "operator", "value"),
    [
        ("address", "is", "ADA@mail.shop.example"),
        ("address", "contains", "@mail."),
        ("address", "matches", r"^ada@.*\.example$"),
        ("domain", "is", "mail.shop.example"),
        ("domain", "is", "@Shop.Example"),
        ("domain", "contains", "shop"),
        ("name", "is", "  Lovelace ADA"),
        ("subject", "contains", "CHEAP pills"),
        ("subject", "contains", "\uff43\uff48\uff45\uff41\uff50"),
        ("subject", "matches", r"che+ap\s+p[i1]lls"),
        ("text", "contains", "click here"),
        ("text", "is", "click here now"),
        ("kind", "is", "auto-reply"),
        ("warning", "is", "lookalike"),
        ("warning", "matches", "^lookalike$"),
    ],
)
def test_a_rule_that_fits_decides(field: str, operator: str, value: str) -> None:
    made = rule(field, operator, value, name="No such thing")
    metadata = {"kind": "auto-reply", "trust": {"flags": ["lookalike"]}}
    said = judged("Click\nhere now", name="Lovelace Ada", subject="Cheap  pills", metadata=metadata)
    assert said == Verdict(True, made.pk, {"reason": "rule", "rule": "No such thing", "rule_id": made.pk})


@pytest.mark.parametrize(
    ("field", "operator", "value"),
    [
        ("address", "is", "ada@shop.example"),
        ("domain", "is", "hop.example"),
        ("domain", "is", "x.mail.shop.example"),
        ("name", "is", "Ada"),
        ("subject", "contains", "pill box"),
        ("text", "is", "click"),
        ("kind", "is", "bounce"),
        ("warning", "is", "look"),
    ],
)
def test_a_rule_that_does_not_fit_says_nothing(field: str, operator: str, value: str) -> None:
    rule(field, operator, value)
    metadata = {"kind": "auto-reply", "trust": {"flags": ["lookalike"]}}
    assert judged("Click here", name="Ada L", subject="Pills", metadata=metadata) == Verdict(False, None, {})


def test_only_mail_addresses_have_a_domain() -> None:
    rule("domain", "is", "shop.example")
    assert not judged(sender="ada@shop.example", kind=HandleKind.SOCIAL).spam
    assert judged(sender="ada@shop.example").spam


def test_the_first_in_order_decides_however_it_is_found() -> None:
    spam = rule("domain", "is", "shop.example", order=20)
    allow = rule("subject", "contains", "order", "allow", order=10)
    assert judged(subject="My order") == Verdict(False, allow.pk, {})
    assert judged(subject="Hello").rule_id == spam.pk
    exact = rule("address", "is", "ada@mail.shop.example", "allow", order=5)
    assert judged(subject="My order").rule_id == exact.pk
    assert judged(subject="My order", sender="eve@shop.example").rule_id == allow.pk


def test_a_rule_may_be_for_one_account_and_may_rest() -> None:
    mine, other = make_account(), make_account()
    made = rule("domain", "is", "shop.example", account=mine)
    assert judged(account=mine).rule_id == made.pk
    assert judged(account=other).rule_id is None
    ScreeningRule.objects.update(is_active=False)
    assert judged(account=mine).rule_id is None


def test_whoever_is_allowed_is_no_spam_unless_forged() -> None:
    made = rule("address", "is", "ada@mail.shop.example", "allow")
    assert judged(spam=True) == Verdict(False, made.pk, {})
    forged = {"trust": {"verdict": "fail", "flags": []}}
    assert judged(spam=True, metadata=forged).spam
    assert judged(metadata=forged) == Verdict(False, None, {})


def test_a_pattern_takes_no_time_whatever_it_is() -> None:
    rule("text", "matches", r"^(a+)+$")
    rule("text", "matches", r"(x+x+)+y")
    start = time.perf_counter()
    assert not judged("a" * 19_000 + "!").spam
    assert not judged("x" * 19_000).spam
    assert time.perf_counter() - start < 1


def test_text_that_cannot_be_encoded_is_read_all_the_same() -> None:
    made = rule("text", "matches", "pills")
    assert judged("cheap \udc80 \x00 pills").rule_id == made.pk


@pytest.mark.parametrize("value", ["(", "(?=look)ahead", r"(a)\1", "a{1000}{1000}"])
def test_a_pattern_that_cannot_be_used_is_refused(value: str) -> None:
    bad = ScreeningRule(name="Bad", field=Field.TEXT, operator=Operator.MATCHES, value=value, action=Action.SPAM)
    with pytest.raises(ValidationError) as refusal:
        bad.full_clean()
    assert set(refusal.value.message_dict) == {"value"}
    bad.operator = Operator.CONTAINS
    bad.full_clean()


def test_a_pattern_that_no_longer_compiles_harms_no_other_rule() -> None:
    rule("text", "matches", "(")
    made = rule("text", "contains", "pills")
    assert judged("pills").rule_id == made.pk


@override_settings(SCREENING_RULES_SECONDS=60)
def test_rules_are_read_once_for_many_messages() -> None:
    account, event = make_account(), inbound("pills")
    forget_rules()
    with CaptureQueriesContext(connection) as queries:
        for _number in range(10):
            assert not screen(account, event).spam
    assert len(queries) == 1
    rule("text", "contains", "pills")
    assert not screen(account, event).spam
    forget_rules()
    assert screen(account, event).spam
    forget_rules()


@override_settings(SCREENING_RULES_SECONDS=60)
def test_thousands_of_blocked_senders_cost_no_more_than_one() -> None:
    forget_rules()
    ScreeningRule.objects.bulk_create(
        ScreeningRule(name="Blocked", field="address", value=f"person-{number}@shop.example") for number in range(5000)
    )
    account, event = make_account(), inbound(sender="person-4999@shop.example", kind=HandleKind.EMAIL)
    assert screen(account, event).spam
    start = time.perf_counter()
    for _number in range(200):
        screen(account, event)
    assert (time.perf_counter() - start) / 200 < 0.0005
    forget_rules()


def test_hits_are_counted_after_commit(rung: Any) -> None:
    first, second = rule("text", "contains", "pills"), rule("text", "contains", "watches")
    with rung():
        count_hits([judged("pills"), judged("pills"), judged("watches"), judged("hello")])
        assert not ScreeningRule.objects.filter(hits__gt=0).exists()
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.hits, second.hits) == (2, 1)
    assert first.last_hit_at is not None


def test_a_sender_is_blocked_once_and_unblocked() -> None:
    made = block_sender(Field.DOMAIN, "Evil.Example", "Blocked")
    assert block_sender(Field.DOMAIN, "evil.example", "Again") == made
    assert judged(sender="eve@mail.evil.example").rule_id == made.pk
    ScreeningRule.objects.update(is_active=False)
    block_sender(Field.DOMAIN, "evil.example", "Again")
    assert judged(sender="eve@evil.example").spam
    assert unblock_sender(Field.DOMAIN, "EVIL.example") == 1
    assert not judged(sender="eve@evil.example").spam
