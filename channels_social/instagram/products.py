"""Which of the two products an account uses, and what follows from it."""

from dataclasses import dataclass

from channels_social import calling
from channels_social.meta.errors import MESSAGING
from channels_social.meta.graph import Graph
from csplatform.gateway import tokens
from csplatform.gateway.contract import AccountConfig

LOGIN = "login"
PAGE = "page"
LOGIN_BASE = "https://graph.instagram.com/v25.0"
PAGE_BASE = "https://graph.facebook.com/v25.0"


@dataclass(frozen=True, slots=True)
class Product:
    """Where calls go, and in whose name."""

    base: str
    speaker: str
    is_login: bool

    @classmethod
    def of(cls, account: AccountConfig) -> "Product":
        """Return the product that the account's settings name; Instagram Login where they name none."""
        if account.settings.get("product") == PAGE:
            return cls(PAGE_BASE, str(account.settings.get("page_id", "")), is_login=False)
        return cls(LOGIN_BASE, "me", is_login=True)

    @property
    def messages(self) -> str:
        """Where messages and signs are sent."""
        return f"{self.speaker}/messages"


def graph(account: AccountConfig) -> Graph:
    """Return the Graph API for the account, with its token as it was last renewed. Raises SendFailed without one."""
    product = Product.of(account)
    token = tokens.kept(account.credentials) if product.is_login else ""
    return Graph(account, product.base, MESSAGING, token=token or calling.credential(account, "access_token"))
