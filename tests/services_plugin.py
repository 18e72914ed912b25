"""Gives every pytest session its own PostgreSQL and Valkey, before Django's settings are read.

Loaded by `-p tests.services_plugin`. DATABASE_URL and REDIS_URL, where both are set, name the servers to use
instead.
"""

import os
import sys
from collections.abc import Generator
from contextlib import ExitStack
from pathlib import Path

import pytest

from csplatform.embedded.databases import DATABASE, QUEUE, throwaway_databases
from csplatform.embedded.valkey import Valkey

# Set by the session that runs the throwaway servers, for its xdist workers: where their files are.
DIRECTORY = "CSPLATFORM_TEST_SERVICES"


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")


def _serve(config: pytest.Config) -> None:
    stack = ExitStack()
    config.add_cleanup(stack.close)
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker and DIRECTORY in os.environ:
        # Publishing and flushing know no database numbers, so each worker has a Valkey to itself.
        place = Path(os.environ[DIRECTORY]) / f"valkey-{worker}"
        valkey = Valkey(place, port=0, durable=False, say=_say)
        stack.callback(valkey.stop)
        valkey.start()
        os.environ[QUEUE] = valkey.url
    elif not worker and not (os.environ.get(DATABASE) and os.environ.get(QUEUE)):
        databases = stack.enter_context(throwaway_databases(say=_say))
        os.environ.update(databases.environ)
        os.environ[DIRECTORY] = str(databases.servers[0].directory.parent)


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None]:
    """Run around the other plugins' hooks: pytest-django reads the settings in its own."""
    if not {"-h", "--help", "--version"} & set(early_config.invocation_params.args):
        _serve(early_config)
    yield
