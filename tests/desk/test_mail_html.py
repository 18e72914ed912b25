"""Customers' HTML: nothing in it acts, nothing in it calls home."""

from typing import Any

import nh3
import pytest
from django.test import Client

from csplatform.conversations.models import Conversation
from csplatform.desk.mail_html import clean
from csplatform.gateway.contract import FileBytes, InboundAttachment
from csplatform.gateway.models import ChannelAccount
from tests.desk.conftest import text_of
from tests.factories import make_team, say

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40


@pytest.mark.parametrize(
    "attack",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        '<a href="javascript:alert(1)">x</a>',
        '<a href=" JaVaScRiPt:alert(1)">x</a>',
        '<a href="data:text/html,<script>alert(1)</script>">x</a>',
        '<img src="javascript:alert(1)">',
        '<img src="data:image/svg+xml;base64,PHN2Zz4=">',
        "<svg onload=alert(1)><script>alert(1)</script></svg>",
        "<math><mtext><script>alert(1)</script></mtext></math>",
        '<iframe src="https://evil.example"></iframe>',
        '<object data="https://evil.example"></object>',
        '<embed src="https://evil.example">',
        '<form action="https://evil.example"><input name=password><button>Log in</button></form>',
        '<meta http-equiv="refresh" content="0;url=https://evil.example">',
        '<base href="https://evil.example/">',
        '<link rel="stylesheet" href="https://evil.example/x.css">',
        "<style>@import url(https://evil.example)</style>",
        '<p style="background:url(https://evil.example/p.gif)">x</p>',
        '<p style="background-image:url(https://evil.example/p.gif);position:fixed;top:0">x</p>',
        '<table background="https://evil.example/p.gif"><tr><td>x</td></tr></table>',
        '<img srcset="https://evil.example/p.gif 2x">',
        '<video poster="https://evil.example/p.gif"></video>',
        "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
        "<!--[if mso]><script>alert(1)</script><![endif]-->",
        '<a href="//evil.example" id="conversation" name="x" class="toast">x</a>',
    ],
)
def test_nothing_acts_or_calls_home(attack: str) -> None:
    html = clean(attack, {}, remote_images=False).html.lower()
    for trace in ("alert(", "evil.example", "javascript:", "onerror", "<script", "<form", "<input", "position", "id="):
        assert trace not in html


def test_remote_pictures_wait_for_leave() -> None:
    html = '<img src="https://shop.example/a.png" alt="A"><img src="http://shop.example/b.png">'
    closed = clean(html, {}, remote_images=False)
    assert (closed.blocked, "shop.example" in closed.html, 'alt="A"' in closed.html) == (2, False, True)
    opened = clean(html, {}, remote_images=True)
    assert opened.blocked == 0
    assert opened.html.count('src="http') == 2
    assert opened.html.count("no-referrer") == 2


def test_inline_pictures_come_from_here() -> None:
    shown = clean('<img src="cid:logo@x"><img src="cid:unknown">', {"logo@x": "/files/1/"}, remote_images=False)
    assert shown.blocked == 0
    assert shown.html.count("src=") == 1
    assert 'src="/files/1/"' in shown.html


def test_what_a_mail_looks_like_stays() -> None:
    html = '<table width="600"><tr><td style="color:#c00;padding:4px" dir="rtl"><b>مرحبا</b> 你好</td></tr></table>'
    cleaned = clean(html, {}, remote_images=False).html
    for part in ('width="600"', "color:#c00", "padding:4px", 'dir="rtl"', "<b>مرحبا</b> 你好"):
        assert part in cleaned
    link = clean('<a href="https://example.com/?a=1">x</a>', {}, remote_images=False).html
    assert 'target="_blank"' in link
    assert "noopener noreferrer nofollow" in link
    assert nh3.is_html(link)


@pytest.fixture
def mail(account: ChannelAccount) -> Conversation:
    picture = InboundAttachment("logo.png", "image/png", FileBytes(PNG), content_id="logo")
    html = '<h1>Hi</h1><img src="cid:logo"><img src="https://t.example/p.gif">'
    return say(account, "Hi", sender="m", html=html, attachments=(picture,)).conversation


@pytest.mark.django_db
def test_the_frame_runs_nothing_and_loads_nothing(desk: Client, mail: Conversation) -> None:
    message = mail.messages.get(kind="customer")
    page = text_of(desk.get(f"/inbox/c/{mail.pk}/"))
    frame = page.split("<iframe")[1].split(">")[0]
    assert f'src="/inbox/m/{message.pk}/html/"' in frame
    assert "allow-scripts" not in frame
    assert "sandbox=" in frame
    response: Any = desk.get(f"/inbox/m/{message.pk}/html/")
    policy = response["Content-Security-Policy"]
    for rule in (
        "default-src 'none'",
        "img-src 'self' data:;",
        "form-action 'none'",
        "frame-ancestors 'self'",
        "sandbox",
    ):
        assert rule in policy
    assert "script" not in policy.replace("allow-scripts", "script")
    assert response["X-Frame-Options"] == "SAMEORIGIN"
    picture = message.attachments.get()
    assert f'src="/files/{picture.key}/"' in text_of(response)
    assert 'data-count="1"' in text_of(response)
    assert "t.example" not in text_of(response)


@pytest.mark.django_db
def test_remote_pictures_load_after_leave(desk: Client, mail: Conversation) -> None:
    message = mail.messages.get(kind="customer")
    response = desk.get(f"/inbox/m/{message.pk}/html/?images=1")
    assert "https://t.example/p.gif" in text_of(response)
    assert "img-src 'self' data: https: http:" in response["Content-Security-Policy"]


@pytest.mark.django_db
def test_no_frame_for_others_or_for_plain_messages(desk: Client, mail: Conversation, account: ChannelAccount) -> None:
    plain = say(account, "plain", sender="p")
    assert desk.get(f"/inbox/m/{plain.pk}/html/").status_code == 404
    Conversation.objects.filter(pk=mail.pk).update(team=make_team())
    assert desk.get(f"/inbox/m/{mail.messages.get(kind='customer').pk}/html/").status_code == 404
