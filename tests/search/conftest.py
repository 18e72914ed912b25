"""What the search's tests share."""

from collections.abc import Callable

import pytest

from csplatform.conversations.models import Conversation
from csplatform.search.query import read
from csplatform.search.selectors import find
from csplatform.search.services import catch_up

Find = Callable[[str], list[int]]


@pytest.fixture
def found(db: None) -> Find:
    """Read what is stale, and return the conversations that a query finds."""

    def look(query: str) -> list[int]:
        while catch_up():
            pass
        return [one.conversation_id for one in find(Conversation.objects.all(), read(query), limit=50)]

    return look
