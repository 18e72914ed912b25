"""What the browser loads: scripts, the frame and its headers, the demo shop."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.test import Client

from channels_webchat.colors import contrast, is_color, readable_on, text_on
from channels_webchat.strings import language_choices, page_strings, widget_language
from channels_webchat.widget import DEFAULT_COLOR, widget_of
from csplatform.gateway.models import ChannelAccount

PAGES = ["start.js", "theme.css", "frame/"]


def test_the_launcher_is_one_script_for_every_site(client: Client, db: None) -> None:
    answer = client.get("/chat/widget.js")
    assert answer["Content-Type"] == "text/javascript; charset=utf-8"
    assert answer["Cross-Origin-Resource-Policy"] == "cross-origin"


def test_the_launcher_learns_the_account_from_a_script(client: Client, account: ChannelAccount) -> None:
    account.settings = {"color": "#ffcc00"}
    account.save()
    text = client.get("/chat/shop/start.js?lang=en").content.decode()
    match = re.fullmatch(r"csplatformChat\.start\((.*)\);", text)
    assert match
    facts = json.loads(match[1])
    assert facts["frame"] == "/chat/shop/frame/"
    assert (facts["color"], facts["ink"]) == ("#ffcc00", "#000000")
    assert facts["labels"]["open"] == "Open chat"


@pytest.mark.parametrize("page", PAGES)
def test_nothing_sets_a_cookie(client: Client, account: ChannelAccount, page: str) -> None:
    answer = client.get(f"/chat/shop/{page}")
    assert answer.status_code == 200
    assert not answer.cookies


@pytest.mark.parametrize("page", [*PAGES, "demo/"])
def test_an_unknown_or_inactive_widget_has_no_pages(client: Client, account: ChannelAccount, page: str) -> None:
    assert client.get(f"/chat/nobody/{page}").status_code == 404
    account.is_active = False
    account.save()
    assert client.get(f"/chat/shop/{page}").status_code == 404


def test_the_frame_may_be_embedded_where_the_account_says(client: Client, account: ChannelAccount) -> None:
    answer = client.get("/chat/shop/frame/")
    assert "X-Frame-Options" not in answer
    assert "frame-ancestors *" in answer["Content-Security-Policy"]
    account.settings = {"allowed_origins": ["https://shop.example", "x; script-src *", 5, "https://two.example/"]}
    account.save()
    policy = client.get("/chat/shop/frame/")["Content-Security-Policy"]
    assert policy.endswith("frame-ancestors 'self' https://shop.example https://two.example")
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy


def test_the_frame_has_nothing_inline(client: Client, account: ChannelAccount) -> None:
    page = client.get("/chat/shop/frame/").content.decode()
    scripts = re.findall(r"<script([^>]*)>", page)
    assert len(scripts) == 2
    assert all("src=" in script or 'type="application/json"' in script for script in scripts)
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=", page)


@pytest.mark.parametrize(
    ("query", "header", "tag", "direction"),
    [
        ("?lang=ar", "en", "ar", "rtl"),
        ("?lang=zh-CN", "en", "zh-Hans", "ltr"),
        ("?lang=zh-TW", "en", "zh-Hans", "ltr"),
        ("", "ja,en;q=0.5", "ja", "ltr"),
        ("?lang=xx", "es", "es", "ltr"),
        ("?lang=tlh", "", "es", "ltr"),
        ("", "fr", "es", "ltr"),
    ],
)
def test_the_frame_speaks_the_visitor_s_language(
    client: Client, account: ChannelAccount, query: str, header: str, tag: str, direction: str
) -> None:
    account.default_language = "es"
    account.save()
    page = client.get(f"/chat/shop/frame/{query}", headers={"accept-language": header}).content.decode()
    assert f'<html lang="{tag}" dir="{direction}">' in page


def test_every_language_is_offered_under_its_own_name() -> None:
    assert [code for code, _name in language_choices()] == [code for code, _name in settings.LANGUAGES]
    assert {"English", "Español", "日本語"} <= {name for _code, name in language_choices()}


@pytest.mark.parametrize(
    ("wanted", "default", "found"),
    [(["fr"], "ja", "ja"), (["fr", "es-MX"], "en", "es"), (["en-GB"], "ja", "en"), ([None, ""], "zh-Hant", "zh-hans")],
)
def test_the_nearest_language_is_chosen(wanted: list[str | None], default: str, found: str) -> None:
    assert widget_language(wanted, default) == found


def test_the_page_has_words_for_everything_it_says() -> None:
    folder = Path(str(finders.find("channels_webchat/chat.js"))).parent
    said = set(re.findall(r"strings\.(\w+)", "".join(file.read_text() for file in folder.glob("*.js"))))
    words = set(page_strings("Only pictures."))
    assert said <= words
    assert words - said <= {"connecting", "offline"} | {name for name in words if name.startswith("refused_")}


def test_the_demo_shop_is_shown_on_request_only(client: Client, account: ChannelAccount) -> None:
    assert client.get("/chat/shop/demo/").status_code == 404
    account.settings = {"demo": True}
    account.save()
    assert 'data-key="shop"' in client.get("/chat/shop/demo/").content.decode()


@pytest.mark.parametrize("given", [{}, {"color": "red"}, {"color": "#12"}, {"color": 5}, {"color": "#fff;}"}])
def test_a_color_that_is_none_gives_way(account: ChannelAccount, given: dict[str, Any]) -> None:
    account.settings = given
    assert widget_of(account).color == DEFAULT_COLOR


@pytest.mark.parametrize("color", ["#ffffff", "#000000", "#ffcc00", "#3b5bdb", "#7fff00", "#777777", "#ff0000"])
def test_every_brand_can_be_read(color: str) -> None:
    assert is_color(color)
    assert contrast(color, text_on(color)) >= 4.5
    for ground in ("#ffffff", "#17191e"):
        assert contrast(readable_on(color, ground), ground) >= 4.5


@pytest.mark.parametrize(
    ("theme", "scheme", "palettes"),
    [("", "light dark", 2), ("light", "light", 1), ("dark", "dark", 1), (5, "light dark", 2)],
)
def test_a_theme_is_the_device_s_or_the_account_s(
    client: Client, account: ChannelAccount, theme: Any, scheme: str, palettes: int
) -> None:
    account.settings = {"theme": theme, "color": "#ffcc00"}
    account.save()
    sheet = client.get("/chat/shop/theme.css").content.decode()
    assert f":root{{color-scheme:{scheme};--brand:#ffcc00;" in sheet
    assert sheet.count("--ground:") == palettes
    assert ("--ground:#17191e" in sheet) is (scheme != "light")


def test_the_launcher_may_have_words_an_icon_and_a_logo(client: Client, account: ChannelAccount) -> None:
    account.settings = {
        "launcher_text": "Help | zh-Hans: 帮助",
        "launcher_icon": "heart",
        "logo": "https://cdn.shop.example/logo.svg",
    }
    account.save()
    start = client.get("/chat/shop/start.js?lang=zh-CN").content.decode()
    assert json.loads(start[len("csplatformChat.start(") : -2]) | {"labels": ""} == {
        "key": "shop", "frame": "/chat/shop/frame/", "color": DEFAULT_COLOR, "ink": "#ffffff", "side": "end",
        "theme": "", "icon": "heart", "text": "帮助", "labels": "",
    }  # fmt: skip
    frame = client.get("/chat/shop/frame/")
    assert "img-src 'self' blob: https://cdn.shop.example/logo.svg;" in frame["Content-Security-Policy"]
    assert 'src="https://cdn.shop.example/logo.svg"' in frame.content.decode()


@pytest.mark.parametrize("logo", ["http://shop.example/l.png", "https://x/; script-src *", "https://x/a.png?b", 5])
def test_a_logo_smuggles_nothing_into_the_policy(client: Client, account: ChannelAccount, logo: object) -> None:
    account.settings = {"logo": logo}
    account.save()
    assert "img-src 'self' blob:;" in client.get("/chat/shop/frame/")["Content-Security-Policy"]


def test_files_are_offered_as_the_account_takes_them(client: Client, account: ChannelAccount) -> None:
    page = client.get("/chat/shop/frame/?lang=en").content.decode()
    assert "Only pictures, PDF and text files can be sent. Files can have up to 10 MB." in page
    assert ".pdf" in page
    account.settings = {"files": "none"}
    account.save()
    assert 'type="file"' not in client.get("/chat/shop/frame/?lang=en").content.decode()
