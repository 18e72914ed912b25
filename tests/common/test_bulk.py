"""Rows that go in by COPY are the rows that `bulk_create` would make."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from csplatform.common.bulk import as_json, insert
from csplatform.contacts.models import Contact
from csplatform.conversations.models import Message, MessageKind
from csplatform.gateway.models import ChannelAccount
from tests.factories import make_conversation

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("number", [1, 20])
def test_every_kind_of_value_arrives(number: int) -> None:
    conversation = make_conversation()
    moment = datetime(2026, 3, 2, 10, 0, 0, 123456, tzinfo=UTC)
    rows = [
        Message(
            conversation=conversation, seq=100 + n, revision=n, kind=MessageKind.CUSTOMER, account=conversation.account,
            handle=conversation.handle, text='Tab\t, newline\n, \\N, "quoted", 价', thread_refs=["a\tb", '{"', "NULL"],
            metadata={"to": ["价", '"'], "none": None}, sent_at=moment, created_at=moment,
        )
        for n in range(number)
    ]  # fmt: skip
    assert insert(rows) == rows
    for row in rows:
        stored = Message.objects.get(pk=row.pk)
        fields = [field.attname for field in Message._meta.concrete_fields]
        assert [getattr(stored, name) for name in fields] == [getattr(row, name) for name in fields]
        assert not row._state.adding
    Contact.objects.create(name="the sequence goes on")


@pytest.mark.parametrize("number", [2, 20])
def test_what_the_database_refuses_is_an_integrity_error(number: int) -> None:
    rows = [ChannelAccount(channel="loopback", name=str(n), address="the same") for n in range(number)]
    with pytest.raises(IntegrityError), transaction.atomic():
        insert(rows)
    assert not ChannelAccount.objects.exists()


def test_nothing_costs_nothing(django_assert_num_queries) -> None:
    with django_assert_num_queries(0):
        assert insert([]) == []


def test_rows_in_one_parameter_come_back_as_they_were() -> None:
    moment = datetime(2026, 3, 2, 10, 0, 0, 123456, tzinfo=UTC)
    rows = [(1, "quoted\", back\\slash, ', 价", moment, timedelta(days=1, microseconds=5)), (2, "", None, None)]
    names = ("id", "text", "at", "time")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT * FROM json_to_recordset(%s::json) AS row (id bigint, text text, at timestamptz, time interval)",
            [as_json(dict(zip(names, row, strict=True)) for row in rows)],
        )
        assert cursor.fetchall() == rows
