"""The gateway's small pieces: cutting, ids, registry, secrets."""

from dataclasses import replace

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from pytest_django import Settings

from csplatform.gateway import registry
from csplatform.gateway.contract import Abilities
from csplatform.gateway.cutting import Part, cut, split_text
from csplatform.gateway.errors import UnknownChannel
from csplatform.gateway.ids import LONGEST, stable_id, twin_id
from csplatform.gateway.models import ChannelAccount
from tests.factories import make_account
from tests.loopback import LoopbackChannel


@pytest.mark.parametrize(
    ("text", "limit", "pieces"),
    [
        ("", 10, []),
        ("  \n", 10, []),
        ("short", 10, ["short"]),
        ("short", None, ["short"]),
        ("exactly 10", 10, ["exactly 10"]),
        ("one two three", 8, ["one two", "three"]),
        ("one\ntwo three four", 12, ["one\ntwo", "three four"]),
        ("a" * 25, 10, ["a" * 10, "a" * 10, "a" * 5]),
        ("我" * 15, 10, ["我" * 10, "我" * 5]),
    ],
)
def test_text_is_split_between_words(text: str, limit: int | None, pieces: list[str]) -> None:
    assert split_text(text, limit) == pieces


def in_bytes(text: str) -> int:
    return len(text.encode())


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("exactly 10", ["exactly 10"]),
        ("我我我", ["我我我"]),
        ("我我我我我我我", ["我我我", "我我我", "我"]),
        ("one 我 two 我我我", ["one 我", "two 我我", "我"]),
        ("ééééé é", ["ééééé", "é"]),
        ("𠮷𠮷𠮷", ["𠮷𠮷", "𠮷"]),
    ],
)
def test_text_is_split_where_the_platform_counts_bytes(text: str, pieces: list[str]) -> None:
    assert split_text(text, 10, in_bytes) == pieces
    assert [part.text for part in cut(text, [], Abilities(max_text=10, measure=in_bytes))] == pieces


CHAT = Abilities(max_text=10, max_caption=5)
MAIL = Abilities(attachments_per_message=None)


@pytest.mark.parametrize(
    ("abilities", "text", "files", "parts"),
    [
        (CHAT, "hi", [1], [Part("hi", (1,))]),
        (CHAT, "longer", [1], [Part("longer"), Part("", (1,))]),
        (CHAT, "hi", [1, 2], [Part("hi"), Part("", (1,)), Part("", (2,))]),
        (CHAT, "", [1], [Part("", (1,))]),
        (replace(CHAT, measure=in_bytes), "我", [1], [Part("我", (1,))]),
        (replace(CHAT, measure=in_bytes), "我我", [1], [Part("我我"), Part("", (1,))]),
        (MAIL, "hi", [1, 2], [Part("hi", (1, 2))]),
        (MAIL, "", [1], [Part("", (1,))]),
    ],
)
def test_reply_is_cut_into_calls(abilities: Abilities, text: str, files: list[int], parts: list[Part]) -> None:
    assert cut(text, files, abilities) == parts


def test_long_ids_stay_unique_and_indexable() -> None:
    long = "é" * 400
    assert stable_id("short") == "short"
    assert len(stable_id(long)) <= LONGEST
    assert stable_id(long) != stable_id(long + "x")
    assert stable_id(stable_id(long)) == stable_id(long)
    assert len(twin_id(long, "f" * 64)) <= LONGEST


def test_registry_knows_each_slug_once() -> None:
    registry.register(LoopbackChannel)

    class Impostor(LoopbackChannel):
        pass

    with pytest.raises(ValueError, match="loopback"):
        registry.register(Impostor)
    with pytest.raises(UnknownChannel):
        registry.channel_class("carrier-pigeon")


@pytest.mark.django_db
def test_credentials_are_unreadable_in_the_database_and_survive_key_rotation(settings: Settings) -> None:
    account = make_account(credentials={"token": "秘密-s3cret"})
    with connection.cursor() as cursor:
        cursor.execute("SELECT credentials FROM gateway_channelaccount")
        assert b"s3cret" not in bytes(cursor.fetchone()[0])
    settings.CREDENTIAL_KEYS = [Fernet.generate_key().decode(), *settings.CREDENTIAL_KEYS]
    assert ChannelAccount.objects.get(pk=account.pk).credentials == {"token": "秘密-s3cret"}
    settings.CREDENTIAL_KEYS = settings.CREDENTIAL_KEYS[:1]
    with pytest.raises(ImproperlyConfigured):
        ChannelAccount.objects.get(pk=account.pk)
