"""What the chat costs a site and its visitors: the launcher 10 KB in all, the panel 40 KB, compressed."""

import gzip

import pytest
from django.test import Client

from csplatform.gateway.models import ChannelAccount
from tests.channels_webchat.test_form import SETTINGS
from tests.weight import told, weigh

LAUNCHER, PANEL = 10 * 1024, 40 * 1024


@pytest.fixture
def account(account: ChannelAccount) -> ChannelAccount:
    """Everything that makes a page heavier is switched on."""
    account.settings = SETTINGS | {
        "launcher_text": "Questions? | ar: هل لديك أسئلة؟",
        "quick_replies": ["Where is my order?"] * 6,
        "files": "office",
    }
    account.save()
    return account


@pytest.mark.parametrize("language", ["en", "zh-hans", "es", "ja", "ar"])
def test_the_launcher(client: Client, account: ChannelAccount, language: str) -> None:
    parts = ["/chat/widget.js", f"/chat/shop/start.js?lang={language}"]
    weights = {part: len(gzip.compress(client.get(part).content, 9)) for part in parts}
    assert sum(weights.values()) <= LAUNCHER, told(weights)


@pytest.mark.parametrize("language", ["en", "zh-hans", "es", "ja", "ar"])
def test_the_panel_on_its_first_opening(client: Client, account: ChannelAccount, language: str) -> None:
    weights = weigh(client, f"/chat/shop/frame/?lang={language}")
    names = {address.rpartition("/")[2] for address in weights}
    assert {"chat.js", "chat.css", "theme.css", "link.js", "lines.js", "store.js"} <= names
    assert "emoji.js" not in names  # loaded when somebody asks for it
    assert sum(weights.values()) <= PANEL, told(weights)
