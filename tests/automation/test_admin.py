"""Rules as a supervisor enters them."""

import pytest
from django.test import Client
from django.urls import reverse

from csplatform.automation.models import ScreeningRule
from csplatform.people.models import Role
from tests.factories import make_user

pytestmark = pytest.mark.django_db
ADD = "admin:automation_screeningrule_add"
FORM = {"name": "Pills", "is_active": "on", "order": "10", "field": "text", "operator": "matches", "action": "spam"}


@pytest.fixture
def desk(client: Client) -> Client:
    client.force_login(make_user(role=Role.SUPERVISOR), backend="csplatform.people.backends.RoleBackend")
    return client


def test_a_rule_is_made_and_shown(desk: Client) -> None:
    assert desk.post(reverse(ADD), FORM | {"value": "p[i1]lls?"}).status_code == 302
    rule = ScreeningRule.objects.get()
    assert (rule.value, rule.account, rule.hits) == ("p[i1]lls?", None, 0)
    page = desk.get(reverse("admin:automation_screeningrule_changelist")).content.decode()
    assert "Put among the spam" in page


def test_a_pattern_that_cannot_be_used_is_refused_in_plain_words(desk: Client) -> None:
    answer = desk.post(reverse(ADD), FORM | {"value": "p(ills"})
    assert answer.status_code == 200
    assert "This is no pattern that can be used: missing )" in answer.content.decode()
    assert not ScreeningRule.objects.exists()


def test_the_same_rule_twice_is_refused(desk: Client) -> None:
    for _time in range(2):
        answer = desk.post(reverse(ADD), FORM | {"value": "pills"})
    assert answer.status_code == 200
    assert ScreeningRule.objects.count() == 1
