"""What stories need whose platform fetches files from us."""

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from tests.web import served


@pytest.fixture
def web(transactional_db: None, settings: Settings) -> Iterator[str]:
    """Serve the project over HTTP, at the address that it takes for its own; yields it."""
    with served() as address:
        settings.PUBLIC_URL = address
        yield address
