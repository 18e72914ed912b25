"""A company on the stack: its accounts, its agent, and the platforms that its customers use."""

from dataclasses import dataclass, field

import httpx
from django.contrib.auth.hashers import PBKDF2PasswordHasher

from csplatform.gateway.models import ChannelAccount
from csplatform.people.models import User
from tests.platforms import telegram, whatsapp
from tests.platforms.base import PATIENCE
from tests.platforms.telegram import TelegramStandIn
from tests.platforms.whatsapp import WhatsAppStandIn
from tests.stack.stack import AGENT, AGENT_PASSWORD, Stack

MAILBOX = "help@shop.example"
WIDGET = "shop-widget"


@dataclass
class Company:
    """Where customers knock. Platforms are stand-ins; closing ends them. `line` is everybody's way to the web."""

    stack: Stack
    telegram: TelegramStandIn = field(default_factory=TelegramStandIn)
    whatsapp: WhatsAppStandIn = field(default_factory=WhatsAppStandIn)
    line: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=PATIENCE, trust_env=False))

    def settle_in(self) -> None:
        """Make the accounts and the agent in the stack's database."""
        with self.stack.database():
            # The test session's own way of hashing is no way for a stack with real settings.
            password = PBKDF2PasswordHasher().encode(AGENT_PASSWORD, "salt")
            User.objects.create(email=AGENT, name="Mei", password=password)
            bot = _account(
                "telegram",
                address="shop_bot",
                credentials={"bot_token": telegram.TOKEN, "webhook_secret": telegram.SECRET},
                settings={"api_base": self.telegram.url},
            )
            number = _account(
                "whatsapp",
                address=whatsapp.NUMBER,
                credentials={
                    "access_token": whatsapp.ACCESS_TOKEN,
                    "app_secret": whatsapp.APP_SECRET,
                    "verify_token": "word",
                },
                settings={"api_base": self.whatsapp.api_base},
            )
            _account("email", address=MAILBOX)
            _account("webchat", address=WIDGET)
        self.telegram.door = f"{self.stack.url}/hooks/{bot.token}/"
        self.whatsapp.door = f"{self.stack.url}/hooks/{number.token}/"

    def close(self) -> None:
        """End the stand-ins and hang up."""
        self.line.close()
        self.telegram.stop()
        self.whatsapp.stop()


def _account(channel: str, **fields: object) -> ChannelAccount:
    return ChannelAccount.objects.create(channel=channel, name=f"Shop's {channel}", **fields)
