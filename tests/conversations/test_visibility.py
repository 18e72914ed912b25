"""Who may see what: one table for the one predicate."""

import pytest

from csplatform.conversations.actors import SYSTEM
from csplatform.conversations.selectors import messages_since, visible_conversations, visible_messages
from csplatform.conversations.services import change
from csplatform.flows.assign import assign
from csplatform.people.models import Role
from tests.factories import make_account, make_conversation, make_team, make_user, say

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("person", "sees"),
    [
        ("wallet agent", {"wallet", "nobody's", "given away"}),
        ("shop agent", {"shop", "nobody's"}),
        ("teamless agent", {"nobody's"}),
        ("supervisor", {"wallet", "shop", "nobody's", "given away"}),
        ("administrator", {"wallet", "shop", "nobody's", "given away"}),
        ("agent who left", set()),
    ],
)
def test_visible_conversations(person: str, sees: set[str]) -> None:
    wallet, shop = make_team("Wallet"), make_team("Shop")
    people = {
        "wallet agent": make_user(teams=[wallet]),
        "shop agent": make_user(teams=[shop]),
        "teamless agent": make_user(),
        "supervisor": make_user(role=Role.SUPERVISOR),
        "administrator": make_user(role=Role.ADMINISTRATOR),
        "agent who left": make_user(teams=[wallet, shop], is_active=False),
    }
    conversations = {
        "wallet": make_conversation(make_account(team=wallet)),
        "shop": make_conversation(make_account(team=shop)),
        "nobody's": make_conversation(make_account()),
        "given away": make_conversation(make_account(team=shop)),
    }
    assign(conversations["given away"].pk, to=people["wallet agent"], by=SYSTEM)
    if person == "shop agent":
        sees = sees | {"given away"}  # still in their team's care
    visible = set(visible_conversations(people[person]))
    assert visible == {conversations[name] for name in sees}
    in_visible = {message.conversation for message in visible_messages(people[person])}
    assert in_visible == visible


def test_screen_catches_up_by_revision() -> None:
    account = make_account()
    first = say(account, "One")
    conversation = first.conversation
    known = conversation.revision
    second = say(account, "Two")
    change(first, text="One, corrected")
    conversation.refresh_from_db()
    assert [message.text for message in messages_since(conversation, known)] == ["One, corrected", "Two"]
    assert list(messages_since(conversation, conversation.revision)) == []
    assert second.seq == first.seq + 1
