"""The mails of others are understood as well as promised; `python -m bench.mail_accuracy` prints the table."""

import pytest

from bench.mail_accuracy import MEASURES
from tests.channels_email.mails import needs_corpora


@pytest.mark.corpora
@needs_corpora
@pytest.mark.parametrize("measure", list(MEASURES))
def test_every_promise_is_kept(measure: str) -> None:
    rows = list(MEASURES[measure]())
    assert rows
    for row in rows:
        assert row.total > 0
        assert row.share >= row.least, (row.name, row.wrong)
