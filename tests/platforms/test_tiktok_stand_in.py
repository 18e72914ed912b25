"""The stand-in of TikTok: as strict as it claims, and polite about it."""

from typing import Any

import httpx
import pytest

from tests.platforms.tiktok import ACCESS_TOKEN, BUSINESS, CONVERSATION, TikTokStandIn


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, 0),
        ({"business_id": "7"}, 40002),
        ({"recipient": "nobody"}, 40002),
        ({"recipient_type": "USER"}, 40002),
        ({"message_type": "VIDEO"}, 40002),
        ({"text": {"body": ""}}, 40002),
        ({"text": {"body": "x" * 6001}}, 40002),
        ({"text": {"body": "x", "bodi": "y"}}, 40002),
        ({"image": {"media_id": "7"}}, 40002),
        ({"message_type": "SENDER_ACTION"}, 40002),
    ],
)
def test_tiktok_is_strict_and_says_so_with_200(changes: dict[str, Any], code: int) -> None:
    message = {"business_id": BUSINESS, "recipient_type": "CONVERSATION", "recipient": CONVERSATION}
    message |= {"message_type": "TEXT", "text": {"body": "Hello"}} | changes
    with TikTokStandIn() as platform:
        url = f"{platform.api_base}/business/message/send/"
        answer = httpx.post(url, json=message, headers={"access-token": ACCESS_TOKEN})
        assert (answer.status_code, answer.json()["code"]) == (200, code)
        assert len(platform.taken) == (code == 0)
        assert httpx.post(url, json=message).json()["code"] == 40105
