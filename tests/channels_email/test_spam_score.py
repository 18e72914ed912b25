"""What filters said of a mail: only the worst counts."""

from typing import Any

import pytest

from channels_email.channel import EmailChannel
from channels_email.headers import parse_headers
from channels_email.spam_score import score
from csplatform.gateway.contract import AccountConfig, InboundMessage
from tests.channels_email.mails import delivery, mail


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (["Subject: X-Spam-Score: 99"], None),
        (["X-Spam-Score: 7.3"], 7.3),
        (["X-Spam-Score: -2.1 (--)"], -2.1),
        (["X-Spam-Score: +++++++"], 7.0),
        (["X-Spam-Score: 53", "X-Spam-Bar: +++++"], 5.3),
        (["X-Spam-Status: Yes, score=7.3 required=5.0 tests=BAYES_99"], 7.3),
        (["X-Spam-Status: No, hits=-1.5 required=5.0"], -1.5),
        (["X-Spam-Status: Yes"], 5.0),
        (["X-Spam-Status: No"], None),
        (["X-Spam-Flag: YES"], 5.0),
        (["X-Spam-Flag: NO"], None),
        (["X-Spamd-Result: default: True [17.20 / 15.00];\r\n\tR_SPF_FAIL(1.00)[-all]"], 17.2),
        (["X-Spamd-Result: default: False [-0.10 / 15.00]; X(1)[9 / 9]"], -0.1),
        (["X-MS-Exchange-Organization-SCL: 9"], 9.0),
        (["X-MS-Exchange-Organization-SCL: -1"], -1.0),
        (["X-Forefront-Antispam-Report: CIP:1.2.3.4;CTRY:DE;SCL:6;SRV:;SFV:SPM;DIR:INB"], 6.0),
        (["X-Microsoft-Antispam: BCL:9;ARA:13230"], 5.0),
        (["X-Microsoft-Antispam: BCL:2;"], None),
        (["X-Spam-Score: rubbish", "X-Spam-Status: ", "X-Spamd-Result: [x / y]"], None),
        (["X-Spam-Score: 99999999999999999999"], 9999.0),
        # A forged field that praises the mail changes nothing.
        (["X-Spam-Score: -50", "X-Spam-Status: Yes, score=9 required=5", "X-Spam-Status: No, score=-50"], 9.0),
    ],
)
def test_the_worst_score_counts(fields: list[str], expected: float | None) -> None:
    assert score(parse_headers("\r\n".join(fields).encode())) == expected


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, True),
        ({"spam_score": 7.3}, True),
        ({"spam_score": 7.4}, False),
        ({"spam_score": "6"}, True),
        ({"spam_score": 0}, False),
        ({"spam_score": "many"}, True),
    ],
)
def test_the_account_says_where_spam_begins(settings: dict[str, Any], expected: bool) -> None:
    account = AccountConfig(1, "Support", "support@shop.example", {}, settings)
    (message,) = EmailChannel(account).parse(delivery(mail("X-Spam-Status: Yes, score=7.3 required=5.0")))
    assert isinstance(message, InboundMessage)
    assert message.spam is expected
    assert message.metadata["spam_score"] == 7.3


def test_a_mail_without_a_score_is_no_spam() -> None:
    account = AccountConfig(1, "Support", "support@shop.example", {}, {"spam_score": -5})
    (message,) = EmailChannel(account).parse(delivery(mail()))
    assert isinstance(message, InboundMessage)
    assert not message.spam
    assert "spam_score" not in message.metadata
