"""What the browser loads: scripts, the frame and its headers, the demo shop."""

import gzip
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


def static(name: str) -> str:
    found = finders.find(f"channels_webchat/{name}")
    assert isinstance(found, str)
    return Path(found).read_text(encoding="utf-8")


def test_the_launcher_is_one_small_script(client: Client, db: None) -> None:
    answer = client.get("/chat/widget.js")
    assert answer["Content-Type"] == "text/javascript; charset=utf-8"
    assert answer["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert len(gzip.compress(answer.content)) <= 10 * 1024


def test_the_panel_keeps_its_budget() -> None:
    folder = Path(str(finders.find("channels_webchat/chat.js"))).parent
    parts = [file for file in folder.iterdir() if file.name not in {"launcher.js", "demo.css"}]
    assert len(parts) >= 10
    assert sum(len(gzip.compress(file.read_bytes())) for file in parts) <= 40 * 1024


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
    said = set(re.findall(r"strings\.(\w+)", "".join(static(name) for name in ("chat.js", "lines.js", "menu.js"))))
    assert said <= set(page_strings())
    known_by_name = {"connecting", "offline"} | {name for name in page_strings() if name.startswith("refused_")}
    assert set(page_strings()) - said <= known_by_name


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
