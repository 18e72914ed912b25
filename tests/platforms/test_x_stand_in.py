"""The stand-in of X: as strict as it claims."""

from typing import Any

import httpx
import pytest

from tests.platforms.x import ACCESS_TOKEN, PERSON, XStandIn

LOGIN = {"authorization": f"Bearer {ACCESS_TOKEN}"}


@pytest.mark.parametrize(
    ("body", "person", "status"),
    [
        ({"text": "Hello"}, PERSON, 201),
        ({"text": ""}, PERSON, 400),
        ({"text": "x" * 10_001}, PERSON, 400),
        ({"text": 7}, PERSON, 400),
        ({}, PERSON, 400),
        ({"text": "x", "tekst": "y"}, PERSON, 400),
        ({"text": "x", "attachments": []}, PERSON, 400),
        ({"text": "x", "attachments": [{"media_id": "404"}]}, PERSON, 400),
        ({"text": "x"}, "ada", 400),
    ],
)
def test_x_is_strict(body: dict[str, Any], person: str, status: int) -> None:
    with XStandIn() as platform:
        url = f"{platform.url}/2/dm_conversations/with/{person}/messages"
        assert httpx.post(url, json=body, headers=LOGIN).status_code == status
        assert len(platform.taken) == (status == 201)
        assert httpx.post(url, json=body).status_code == 401


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, 200),
        ({"media_type": "application/pdf"}, 400),
        ({"total_bytes": 5_000_001}, 400),
        ({"media_category": "dm_gif"}, 400),
        ({"shared": True}, 400),
    ],
)
def test_x_takes_only_what_it_carries(changes: dict[str, Any], status: int) -> None:
    asked = {"media_type": "image/png", "media_category": "dm_image", "total_bytes": 3} | changes
    with XStandIn() as platform:
        answer = httpx.post(f"{platform.url}/2/media/upload/initialize", json=asked, headers=LOGIN)
        assert answer.status_code == status
