"""What every test has: a database of its own, cloned from one that is migrated once, and the tests' own channels."""

import fcntl
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import TransactionTestCase
from django.utils.translation import deactivate
from pytest_django.plugin import DjangoDbBlocker

from csplatform import celery_app
from csplatform.common.catalogues import compile_stale
from csplatform.gateway import registry
from tests.emptying import empty_database
from tests.loopback import CopyingChannel, DedupingChannel, LoopbackChannel, ThreadedChannel
from tests.services_plugin import DIRECTORY

_TEMPLATE = "csplatform_template"


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the tests that take minutes, so that no worker is left alone with one at the end.

    A browser's clock is not ours: one of its tests that fails is tried once more, and reported as RERUN.
    """
    items.sort(key=lambda item: item.get_closest_marker("stack") is None)
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, django_db_blocker: DjangoDbBlocker
) -> None:
    """Let Django clone the test database from one that is migrated once, where the servers are ours."""
    from django.db import connection

    if DIRECTORY not in os.environ:
        return
    with (Path(os.environ[DIRECTORY]) / "template.lock").open("w") as lock, django_db_blocker.unblock():
        fcntl.flock(lock, fcntl.LOCK_EX)
        _make_template()
    connection.settings_dict["TEST"] |= {"TEMPLATE": _TEMPLATE, "MIGRATE": False}


def _make_template() -> None:
    from django.core.management import call_command
    from django.db import connection

    own_name, draft = connection.settings_dict["NAME"], f"{_TEMPLATE}_draft"
    with connection._nodb_cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [_TEMPLATE])
        if cursor.fetchone():
            return
        cursor.execute(f"DROP DATABASE IF EXISTS {draft}")  # of a session that was broken off
        cursor.execute(f"CREATE DATABASE {draft}")
    connection.settings_dict["NAME"] = draft
    call_command("migrate", verbosity=0, interactive=False)
    connection.close()
    connection.settings_dict["NAME"] = own_name
    with connection._nodb_cursor() as cursor:
        cursor.execute(f"ALTER DATABASE {draft} RENAME TO {_TEMPLATE}")


@pytest.fixture(scope="session", autouse=True)
def quick_emptying() -> Iterator[None]:
    """Let tests that commit clean up in a hundredth of the time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", empty_database)
        yield


@pytest.fixture(scope="session", autouse=True)
def celery_tasks() -> None:
    """Know every task, as a worker does: settings run them where they are rung for."""
    celery_app.loader.import_default_modules()


@pytest.fixture(scope="session", autouse=True)
def translations() -> None:
    """Compile the catalogues, as every start does."""
    compile_stale()


@pytest.fixture(autouse=True)
def loopback_channels() -> Iterator[None]:
    """Make the tests' own channels known, with nothing sent and nothing planned."""
    channels = [LoopbackChannel, ThreadedChannel, CopyingChannel, DedupingChannel]
    for channel in channels:
        registry.register(channel)
        channel.reset()
    yield
    for channel in channels:
        registry.unregister(channel.slug)


@pytest.fixture(autouse=True)
def own_language() -> Iterator[None]:
    """Leave no language behind: what a test's request was answered in stays active in its thread."""
    yield
    deactivate()


@pytest.fixture
def rung(django_capture_on_commit_callbacks: Any) -> Any:
    """Run what a block rings for when the block ends, as after a commit: `with rung(): …`."""
    return lambda: django_capture_on_commit_callbacks(execute=True)
