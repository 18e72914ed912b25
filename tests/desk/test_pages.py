"""The pages around the inbox: language, logging in, second factors, errors."""

import re
from collections import Counter

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import translation

from csplatform.common import clock
from csplatform.desk.templatetags.desk import ago, channel_icon, channel_name, countdown, hue, initials
from csplatform.gateway.models import ChannelAccount
from csplatform.people.models import Role, User
from tests.desk.conftest import LogIn, text_of
from tests.factories import MONDAY, make_user, say

pytestmark = pytest.mark.django_db


def test_the_front_door_leads_to_the_inbox(desk: Client) -> None:
    assert desk.get("/")["Location"] == "/inbox/"


def test_choosing_a_language_is_remembered(desk: Client, ana: User) -> None:
    response = desk.post("/me/language/", {"language": "ar", "next": "/inbox/mine/"})
    assert response["Location"] == "/inbox/mine/"
    ana.refresh_from_db()
    assert ana.language == "ar"
    assert '<html lang="ar" dir="rtl">' in text_of(desk.get("/inbox/"))
    desk.post("/me/language/", {"language": "zh-hans"})
    assert '<html lang="zh-Hans" dir="ltr">' in text_of(desk.get("/inbox/"))


def test_a_language_that_is_none_and_a_way_out_are_refused(desk: Client, ana: User) -> None:
    desk.post("/me/language/", {"language": "tlh"})
    ana.refresh_from_db()
    assert ana.language == ""
    out = desk.post("/me/language/", {"language": "es", "next": "https://evil.example/"})
    assert out["Location"] == "/inbox/"


def test_only_supervisors_get_the_way_to_administration(desk: Client, log_in: LogIn) -> None:
    assert 'href="/admin/"' not in text_of(desk.get("/inbox/"))
    assert 'href="/admin/"' in text_of(log_in(make_user(role=Role.SUPERVISOR)).get("/inbox/"))


def test_no_page_brings_a_script_of_its_own(desk: Client) -> None:
    page = text_of(desk.get("/inbox/"))
    for script in page.split("<script")[1:]:
        tag = script.split(">")[0]
        assert "src=" in tag or 'type="application/json"' in tag
    assert " onclick=" not in page
    assert "script-src 'self';" in desk.get("/inbox/")["Content-Security-Policy"]


def test_no_id_is_given_twice(desk: Client, account: ChannelAccount) -> None:
    row = say(account, "Hello", sender="ada").conversation
    ids = re.findall(r'\sid="([^"]+)"', text_of(desk.get(f"/inbox/c/{row.pk}/")))
    assert len(ids) > 50
    assert [name for name, number in Counter(ids).items() if number > 1] == []


def test_logging_in_and_out() -> None:
    cache.clear()
    make_user(email="mei@desk.example", password="correct horse battery")
    client = Client()
    page = text_of(client.get("/accounts/login/?next=/inbox/mine/"))
    assert "entrance-card" in page
    assert "sign up" not in page.lower()
    wrong = client.post("/accounts/login/", {"login": "mei@desk.example", "password": "wrong"})
    assert "errorlist" in text_of(wrong) or 'role="alert"' in text_of(wrong)
    right = {"login": "mei@desk.example", "password": "correct horse battery", "next": "/inbox/mine/"}
    assert client.post("/accounts/login/", right)["Location"] == "/inbox/mine/"
    assert client.get("/inbox/").status_code == 200
    client.post("/accounts/logout/")
    assert client.get("/inbox/").status_code == 302


def test_guessing_passwords_is_slowed_down() -> None:
    cache.clear()
    make_user(email="mei@desk.example", password="correct horse battery")
    client = Client()
    answers = [client.post("/accounts/login/", {"login": "mei@desk.example", "password": "x"}) for _ in range(8)]
    assert answers[0].status_code == 200
    assert "Too many failed login attempts" in text_of(answers[-1])


@pytest.mark.parametrize("path", ["password/change/", "logout/", "2fa/", "2fa/totp/activate/", "reauthenticate/"])
def test_allauths_pages_wear_our_clothes(log_in: LogIn, path: str) -> None:
    user = make_user(email="mei@desk.example", password="correct horse battery")
    page = log_in(user).get(f"/accounts/{path}", follow=True)
    assert page.status_code == 200
    assert "entrance-card" in text_of(page)
    assert "button" in text_of(page)


def test_a_page_that_does_not_exist(desk: Client) -> None:
    response = desk.get("/no/such/page/")
    assert response.status_code == 404
    assert "Nothing here" in text_of(response)


@pytest.mark.parametrize(
    ("name", "short"),
    [("王小明", "小明"), ("李", "李"), ("Ana Torres", "AT"), ("Ana de la Torre", "AT"), ("ana@x.org", "AX"), ("", "?"),
     ("!!!", "?"), ("فاطمة الزهراء", "فا"), ("이서연", "이"), ("ß", "SS")],
)  # fmt: skip
def test_initials(name: str, short: str) -> None:
    assert initials(name) == short


def test_a_colour_stays_with_a_name() -> None:
    assert hue("王小明") == hue("王小明")
    assert {hue(number) for number in range(200)} == set(range(8))


def test_times_are_told_in_the_readers_language() -> None:
    with clock.frozen(MONDAY):
        later = MONDAY.replace(hour=12, minute=30)
        earlier = MONDAY.replace(hour=9, minute=55)
        with translation.override("en"):
            assert (ago(earlier), countdown(later), ago(None)) == ("5m ago", "2h", "")
        with translation.override("zh-hans"):
            assert (ago(earlier), countdown(later)) == ("5分钟前", "2小时")


def test_a_channel_we_have_no_picture_of() -> None:
    assert (channel_icon("pigeon"), channel_name("pigeon"), channel_icon("email")) == ("bubble", "pigeon", "mail")
