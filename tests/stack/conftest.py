"""A stack for each module: starting one takes some ten seconds of both processors."""

from collections.abc import Iterator

import pytest
from pytest_django.plugin import DjangoDbBlocker

from tests.stack.company import Company
from tests.stack.stack import Agent, Stack


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory, django_db_blocker: DjangoDbBlocker) -> Iterator[Stack]:
    """The whole platform, running."""
    stack = Stack(tmp_path_factory.mktemp("stack"), django_db_blocker)
    try:
        stack.open()
        yield stack
    finally:
        stack.close()


@pytest.fixture(scope="module")
def company(stack: Stack) -> Iterator[Company]:
    """A shop with every channel."""
    company = Company(stack)
    company.settle_in()
    yield company
    company.close()


@pytest.fixture
def agent(company: Company) -> Iterator[Agent]:
    """An agent of the shop at work."""
    agent = Agent(company.stack)
    yield agent
    agent.close()
