"""The demo's teams, people, accounts and texts. Everything here is made up; nothing leads to a real platform."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from django.contrib.auth.hashers import make_password
from modeltranslation.utils import build_localized_fieldname

from csplatform.gateway.models import ChannelAccount
from csplatform.knowledge.models import Article, CannedReply, Category, SystemText
from csplatform.people.models import Role, Team, User

PASSWORD = "csplatform-demo"  # noqa: S105  (known to everybody, and refused in production)
WALLET, SECURITY, SHOP = "Wallet support", "Security", "Shop"
# The discard port, where nothing listens: what somebody sends from the demo fails instead of reaching a platform.
LOOPBACK = "127.0.0.1"
NOWHERE = f"http://{LOOPBACK}:9"
MAILBOX = "support@demo.example"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who works here; `key` is how the stories call them."""

    key: str
    name: str
    role: Role
    teams: tuple[str, ...] = ()
    language: str = "en"
    timezone: str = "UTC"

    @property
    def email(self) -> str:
        return f"{self.key}@demo.example"


PEOPLE = (
    Person("admin", "Alex Morgan", Role.ADMINISTRATOR),
    Person("supervisor", "Grace Miller", Role.SUPERVISOR, timezone="Europe/London"),
    Person("ana", "Ana Torres", Role.AGENT, (WALLET, SHOP), timezone="Europe/Madrid"),
    Person("liam", "Liam Chen", Role.AGENT, (WALLET, SHOP), timezone="Asia/Shanghai"),
    Person("omar", "Omar Haddad", Role.AGENT, (SECURITY, WALLET, SHOP), timezone="Asia/Riyadh"),
    Person("sofia", "Sofia Rossi", Role.AGENT, (SHOP, WALLET), timezone="Europe/Rome"),
    Person("yuki", "Yuki Tanaka", Role.AGENT, (SHOP, WALLET), timezone="Asia/Tokyo"),
)


@dataclass(frozen=True, slots=True)
class Staff:
    """The rows that the stories need, by key or name."""

    people: Mapping[str, User]
    teams: Mapping[str, Team]
    accounts: Mapping[str, ChannelAccount]


def found() -> Staff:
    """Create teams, people, accounts and texts."""
    teams = {name: Team.objects.create(name=name) for name in (WALLET, SECURITY, SHOP)}
    password = make_password(PASSWORD)  # hashed once: that is slow on purpose
    people = {person.key: _hire(person, teams, password) for person in PEOPLE}
    _write_texts(teams)
    _write_articles()
    return Staff(people, teams, _open_accounts(teams))


def _hire(person: Person, teams: Mapping[str, Team], password: str) -> User:
    user = User.objects.create(
        email=person.email,
        password=password,
        name=person.name,
        role=person.role,
        language=person.language,
        timezone=person.timezone,
    )
    user.teams.set([teams[name] for name in person.teams])
    return user


def _open_accounts(teams: Mapping[str, Team]) -> dict[str, ChannelAccount]:
    accounts = [
        ChannelAccount(
            channel="email",
            name="Support mailbox",
            address=MAILBOX,
            team=teams[WALLET],
            settings={"smtp_host": LOOPBACK, "smtp_port": 9, "smtp_security": "none"},
        ),
        ChannelAccount(
            channel="webchat",
            name="Demo shop",
            address="demo",
            team=teams[SHOP],
            settings={"title": "Demo shop", "demo": True},
        ),
        ChannelAccount(
            channel="telegram",
            name="Telegram @demo_wallet_bot",
            address="demo_wallet_bot",
            team=teams[WALLET],
            credentials={"bot_token": "1000001:demo-token-of-no-bot", "webhook_secret": "demo-webhook-secret"},
            settings={"api_base": NOWHERE},
        ),
        ChannelAccount(
            channel="whatsapp",
            name="WhatsApp +1 555 010 0199",
            address="100000000000001",
            team=teams[SHOP],
            credentials={
                "access_token": "demo-access-token",
                "app_secret": "demo-app-secret",
                "verify_token": "demo-verify-token",
            },
            settings={"api_base": NOWHERE},
        ),
    ]
    return {account.channel: _kept(account) for account in accounts}


def _kept(account: ChannelAccount) -> ChannelAccount:
    account.save()
    return account


def _write_texts(teams: Mapping[str, Team]) -> None:
    texts = tomllib.loads(files(__package__).joinpath("texts.toml").read_text("utf-8"))
    for key, text in texts["system"].items():
        SystemText.objects.update_or_create(key=key, defaults=_translated(text, "subject", "body"))
    for shortcut, text in texts["canned"].items():
        team = teams[text["team"]] if "team" in text else None
        CannedReply.objects.get_or_create(
            shortcut=shortcut, defaults={"team": team, **_translated(text, "title", "body")}
        )


def _write_articles() -> None:
    """The help centre of the demo shop."""
    texts = tomllib.loads(files(__package__).joinpath("articles.toml").read_text("utf-8"))
    categories = {key: Category.objects.create(**_translated(text, "name")) for key, text in texts["category"].items()}
    for position, (slug, text) in enumerate(texts["article"].items()):
        Article.objects.get_or_create(
            slug=slug,
            defaults={
                "category": categories[text["category"]],
                "position": position,
                "is_published": True,
                **_translated(text, "title", "summary", "body"),
            },
        )


def _translated(text: Mapping[str, Any], *fields: str) -> dict[str, str]:
    return {
        str(build_localized_fieldname(field, code)): value for field in fields for code, value in text[field].items()
    }
