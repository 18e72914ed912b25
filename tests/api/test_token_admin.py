"""Making and withdrawing tokens in the admin."""

import pytest
from django.contrib.admin.models import LogEntry
from rest_framework.authtoken.models import Token

from csplatform.people.models import Role
from tests.api.conftest import As
from tests.factories import make_user
from tests.people.test_admin_pages import logged_in

pytestmark = pytest.mark.django_db
LIST = "/admin/authtoken/tokenproxy/"


def test_a_token_is_shown_once_and_withdrawn_for_good(call_as: As) -> None:
    agent = make_user()
    client = logged_in(make_user(role=Role.ADMINISTRATOR))
    shown = client.post(f"{LIST}add/", {"user": agent.pk}, follow=True).content.decode()
    token = Token.objects.get(user=agent)
    assert token.key in shown
    assert token.key not in client.get(LIST).content.decode()
    assert token.key not in str(LogEntry.objects.values())
    assert call_as(agent).get("/api/v1/conversations/").status_code == 200
    assert client.post(f"{LIST}{agent.pk}/delete/", {"post": "yes"}).status_code == 302
    assert not Token.objects.filter(user=agent).exists()
