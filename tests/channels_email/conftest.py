"""What every test of the e-mail channel needs."""

from collections.abc import Iterator

import pytest

from channels_email.transports import smtp_session
from tests.channels_email.mailboxes import Box
from tests.platforms.dovecot import Dovecot
from tests.platforms.smtp import SmtpStandIn


@pytest.fixture(autouse=True)
def _no_resting_connections() -> Iterator[None]:
    """Close the connections that a test leaves behind: its server is gone."""
    yield
    smtp_session.close_all()


@pytest.fixture(scope="session")
def dovecot() -> Iterator[Dovecot]:
    """An IMAP server; tests that ask for it are marked `needs_dovecot`."""
    with Dovecot() as server:
        yield server


@pytest.fixture
def box(dovecot: Dovecot) -> Iterator[Box]:
    """A folder of the test's own."""
    box = Box.at(dovecot)
    yield box
    box.client.shutdown()


@pytest.fixture
def peer() -> Iterator[SmtpStandIn]:
    with SmtpStandIn() as stand_in:
        yield stand_in
