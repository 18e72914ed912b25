"""The doorbell, the cache and the announcements are allowed to fail; nothing else may fail with them."""

import socket
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest
from celery import Celery
from django.core.cache import caches
from django.db import transaction
from pytest_django import Settings

from csplatform import celery_app
from csplatform.common.cache import ForgivingRedisCache
from csplatform.common.doorbell import ring
from csplatform.live.announce import Changed, announce

NOWHERE = "redis://127.0.0.1:1/0"


@pytest.fixture
def silence() -> Iterator[str]:
    """The address of something that takes connections, and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"redis://127.0.0.1:{server.getsockname()[1]}/0"


def test_cache_without_valkey_answers_a_miss() -> None:
    cache = ForgivingRedisCache(NOWHERE, {})
    cache.set("key", "value")
    assert cache.get("key", "nothing") == "nothing"
    assert cache.add("key", 1) is True
    assert cache.incr("key") == 1
    assert cache.delete("key") is False


def test_cache_with_valkey_keeps_what_it_is_given() -> None:
    cache = caches["default"]
    assert cache.incr("taken-away-by-a-restart") == 1
    cache.set("key", {"价": 1})
    assert cache.get("key") == {"价": 1}
    assert cache.delete("key") is True


@pytest.mark.django_db
def test_nothing_is_rung_for_what_is_rolled_back(django_capture_on_commit_callbacks) -> None:
    with django_capture_on_commit_callbacks() as callbacks, suppress(RuntimeError), transaction.atomic():
        ring("csplatform.doors.tasks.unpack", 1)
        raise RuntimeError
    assert callbacks == []


@pytest.fixture
def nobody_listens() -> Iterator[None]:
    """Ring for a broker that is not there."""
    Celery("nobody", broker=NOWHERE).set_current()
    yield
    celery_app.set_current()


@pytest.mark.django_db
@pytest.mark.usefixtures("nobody_listens")
def test_ring_without_a_broker_is_only_logged(rung, caplog) -> None:
    with rung():
        ring("csplatform.doors.tasks.unpack", 1)
    assert "doorbell_silent" in caplog.text


@pytest.mark.django_db
def test_announcement_without_valkey_is_only_logged(settings: Settings, rung, caplog) -> None:
    layers = settings.CHANNEL_LAYERS["default"]
    settings.CHANNEL_LAYERS = {"default": layers | {"CONFIG": {"hosts": [{"address": NOWHERE}]}}}
    with rung():
        announce(["inbox.all"], Changed(conversation=1, revision=1))
    assert "announcement_lost" in caplog.text


def test_silent_valkey_costs_the_cache_a_second(settings: Settings, silence: str) -> None:
    cache = ForgivingRedisCache(silence, {"OPTIONS": settings.CACHES["default"]["OPTIONS"]})
    began = time.monotonic()
    assert cache.get("key", "nothing") == "nothing"
    assert time.monotonic() - began < 2


@pytest.mark.django_db
def test_silent_valkey_costs_all_announcements_of_a_change_two_seconds(
    settings: Settings, silence: str, rung, caplog
) -> None:
    host = settings.CHANNEL_LAYERS["default"]["CONFIG"]["hosts"][0] | {"address": silence}
    settings.CHANNEL_LAYERS = {"default": settings.CHANNEL_LAYERS["default"] | {"CONFIG": {"hosts": [host]}}}
    began = time.monotonic()
    with rung():
        announce([f"inbox.team.{number}" for number in range(20)], Changed(conversation=1, revision=1))
    assert time.monotonic() - began < 3
    assert "announcement_lost" in caplog.text
