"""What every test of the e-mail channel needs."""

from collections.abc import Iterator

import pytest

from channels_email.transports import smtp_session


@pytest.fixture(autouse=True)
def _no_resting_connections() -> Iterator[None]:
    """Close the connections that a test leaves behind: its server is gone."""
    yield
    smtp_session.close_all()
