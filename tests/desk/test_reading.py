"""An agent reads: their own mark moves on, and the customer is shown it where that is possible."""

from typing import Any

import pytest
from django.test import Client

from csplatform.conversations.models import Message
from csplatform.flows.seen import seen_up_to
from tests.factories import make_account, make_team, make_user, say

_LOGIN_BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.mark.django_db
def test_a_visitor_is_shown_that_they_were_read(client: Client, django_capture_on_commit_callbacks: Any) -> None:
    team = make_team()
    account = make_account("webchat", address="shop", team=team)
    agent = make_user(teams=[team])
    message = say(account, "Hello", external_id="ada:1", sender="ada")
    client.force_login(agent, backend=_LOGIN_BACKEND)

    def read(seq: int) -> dict[str, Any]:
        with django_capture_on_commit_callbacks(execute=True):
            assert client.post(f"/inbox/c/{message.conversation_id}/seen/{seq}/").status_code == 204
        message.refresh_from_db()
        return message.metadata

    assert "read_at" not in read(message.seq - 1)
    first = read(message.seq)["read_at"]
    assert read(message.seq)["read_at"] == first
    assert seen_up_to(agent, message.conversation) == message.seq
    assert Message.objects.filter(kind="customer").count() == 1
