"""Two at once: a customer writes while an agent answers."""

from threading import Thread

import pytest
from django.db import connection, transaction

from csplatform.contacts.services import handle_of
from csplatform.conversations.models import MessageKind, MessageState
from csplatform.conversations.services import NewMessage, append, lock
from csplatform.gateway.contract import HandleKind, Sender
from tests.factories import make_conversation


@pytest.mark.django_db(transaction=True)
def test_an_answer_does_not_wait_for_the_customer_s_next_message() -> None:
    """Receiving locks the handle, then the conversation; answering the other way round: one of both must yield."""
    conversation = make_conversation()
    account, handle = conversation.account, conversation.handle
    failures: list[Exception] = []

    def answer() -> None:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '2s'")
                new = NewMessage(MessageKind.REPLY, "Hi", account=account, handle=handle, state=MessageState.QUEUED)
                append(lock(conversation.pk), new)
        except Exception as error:  # told to the test's own thread
            failures.append(error)
        finally:
            connection.close()

    with transaction.atomic():
        handle_of(account, Sender(handle.external_id, HandleKind(handle.kind)))
        agent = Thread(target=answer)
        agent.start()
        agent.join()
    assert failures == []
    assert conversation.messages.filter(kind="reply").exists()
