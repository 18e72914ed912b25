"""The stand-ins of LINE, Viber, VK, Twilio and the KakaoTalk partner: as strict as they claim."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from csplatform.gateway.contract import OutboundAttachment
from tests.contract.samples import a_picture
from tests.platforms import kakao, line, twilio, viber, vk
from tests.platforms.fetching import FileHost
from tests.platforms.kakao import KakaoStandIn
from tests.platforms.line import LineStandIn
from tests.platforms.twilio import TwilioStandIn
from tests.platforms.viber import ViberStandIn
from tests.platforms.vk import VkStandIn


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, 200),
        ({"to": "ada"}, 400),
        ({"to": None}, 400),
        ({"extra": 1}, 400),
        ({"messages": []}, 400),
        ({"messages": [{"type": "text", "text": ""}]}, 400),
        ({"messages": [{"type": "text", "text": "𠮷" * 2501}]}, 400),
        ({"messages": [{"type": "text", "text": "x", "tekst": "y"}]}, 400),
        ({"messages": [{"type": "file", "originalContentUrl": "https://x/a.pdf"}]}, 400),
        ({"messages": [{"type": "image", "originalContentUrl": "http://x/a", "previewImageUrl": "http://x/a"}]}, 400),
        ({"messages": [{"type": "text", "text": "x", "quickReply": {"items": [{}] * 14}}]}, 400),
    ],
)
def test_line_is_strict(changes: dict[str, Any], status: int) -> None:
    message = {"to": line.PERSON, "messages": [{"type": "text", "text": "Hello"}]}
    login = {"authorization": f"Bearer {line.ACCESS_TOKEN}", "x-line-retry-key": str(uuid4())}
    with LineStandIn() as platform:
        url = f"{platform.url}/v2/bot/message/push"
        assert httpx.post(url, json=message | changes, headers=login).status_code == status
        assert len(platform.taken) == (status == 200)
        again = httpx.post(url, json=message | changes, headers=login)
        assert again.status_code == (409 if status == 200 else status)
        assert httpx.post(url, json=message, headers=login | {"authorization": "Bearer x"}).status_code == 401


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, 0),
        ({"receiver": "nobody"}, 6),
        ({"sender": {"name": "x" * 29}}, 3),
        ({"text": ""}, 3),
        ({"text": "x" * 7001}, 3),
        ({"tekst": "y"}, 3),
        ({"type": "picture", "media": "ftp://x/a.jpg"}, 3),
        ({"keyboard": {"Type": "keyboard", "Buttons": []}}, 3),
    ],
)
def test_viber_is_strict_and_says_so_with_200(changes: dict[str, Any], status: int) -> None:
    message = {"receiver": viber.PERSON, "sender": {"name": "Shop"}, "type": "text", "text": "Hello"}
    with ViberStandIn() as platform:
        url = f"{platform.url}/pa/send_message"
        answer = httpx.post(url, json=message | changes, headers={"x-viber-auth-token": viber.AUTH_TOKEN})
        assert (answer.status_code, answer.json()["status"]) == (200, status)
        assert len(platform.taken) == (status == 0)
        assert httpx.post(url, json=message).json()["status"] == 2


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, None),
        ({"access_token": "x"}, 5),
        ({"v": "5.81"}, 100),
        ({"group_id": "1"}, 100),
        ({"random_id": "0"}, 100),
        ({"massage": "x"}, 100),
        ({"message": ""}, 100),
        ({"message": "x" * 4097}, 914),
        ({"keyboard": '{"inline": true, "buttons": [[{"action": {"type": "text", "label": ""}}]]}'}, 911),
        ({"forward": '{"peer_id": 7, "conversation_message_ids": [1], "is_reply": true}'}, 921),
    ],
)
def test_vk_is_strict_and_says_so_with_200(changes: dict[str, str], code: int | None) -> None:
    form = {"access_token": vk.ACCESS_TOKEN, "v": "5.199", "group_id": vk.COMMUNITY, "peer_ids": vk.PERSON}
    form |= {"random_id": "7", "payload": '{"key": 1}', "disable_mentions": "1", "message": "Hello"}
    with VkStandIn() as platform:
        url = f"{platform.url}/method/messages.send"
        said = [httpx.post(url, data=form | changes) for _time in range(2)]
        assert [answer.status_code for answer in said] == [200, 200]
        assert [answer.json().get("error", {}).get("error_code") for answer in said] == [code, code]
        assert len(platform.taken) == (code is None)  # once, though said twice under one number


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, None),
        ({"To": "13800138000"}, 21211),
        ({"From": "+15550000000"}, 21606),
        ({"MessagingServiceSid": "MG1"}, 21603),
        ({"Body": ""}, 21602),
        ({"Body": "x" * 1601}, 21617),
        ({"Bodi": "x"}, 20001),
        ({"StatusCallback": "desk.example"}, 21609),
        ({"MediaUrl": "ftp://x/a.jpg"}, 21620),
    ],
)
def test_twilio_is_strict(changes: dict[str, str], code: int | None) -> None:
    form = {"To": twilio.CUSTOMER, "From": twilio.NUMBER, "Body": "Hello"}
    with TwilioStandIn() as platform:
        url = f"{platform.url}/2010-04-01/Accounts/{twilio.ACCOUNT_SID}/Messages.json"
        answer = httpx.post(url, data=form | changes, auth=(twilio.ACCOUNT_SID, twilio.AUTH_TOKEN))
        assert answer.json().get("code") == code
        assert (answer.status_code, len(platform.taken)) == ((400, 0) if code else (201, 1))
        assert httpx.post(url, data=form).json()["code"] == 20003


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, "0"),
        ({"sender_key": "another"}, "-501"),
        ({"user_key": "nobody"}, "-503"),
        ({"serial_number": "x" * 31}, "-400"),
        ({"message": "x" * 1001}, "-400"),
        ({"mesage": "x"}, "-400"),
        ({"message_type": "IM"}, "-400"),
    ],
)
def test_the_kakao_partner_is_strict(changes: dict[str, str], code: str) -> None:
    message = {"user_key": kakao.PERSON, "sender_key": kakao.SENDER_KEY, "serial_number": "1", "message_type": "TX"}
    login = {"ht-client-id": kakao.CLIENT_ID, "ht-client-secret": kakao.CLIENT_SECRET}
    with KakaoStandIn() as platform:
        url = f"{platform.url}/v1/chat/write"
        answer = httpx.post(url, json=message | {"message": "Hello"} | changes, headers=login)
        assert (answer.status_code, str(answer.json()["code"])) == (200, code)
        assert len(platform.taken) == (code == "0")
        assert httpx.post(url, json=message).status_code == 401


def test_what_is_not_what_it_claims_to_be_is_refused() -> None:
    script = OutboundAttachment("a.png", "text/html", 4, lambda: b"<b>x")
    huge = OutboundAttachment("a.png", "image/png", 10_000_001, lambda: b"\x89PNG" + bytes(10_000_000))
    login = {"authorization": f"Bearer {line.ACCESS_TOKEN}"}
    with LineStandIn() as platform, FileHost() as host:
        answers = []
        for file in (script, huge, a_picture()):
            address = host.hosting(file).link(timedelta(days=1))
            image = {"type": "image", "originalContentUrl": address, "previewImageUrl": address}
            body = {"to": line.PERSON, "messages": [image]}
            key = {"x-line-retry-key": str(uuid4())}
            answers.append(httpx.post(f"{platform.url}/v2/bot/message/push", json=body, headers=login | key))
        assert [answer.status_code for answer in answers] == [400, 400, 200]
