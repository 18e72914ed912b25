"""Who a visitor is: a signed token that the widget keeps in its own origin's storage. No cookie, no row."""

from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta
from uuid import uuid4

from django.core import signing

from csplatform.common import clock
from csplatform.gateway.errors import WebhookRejected

# Counted from the last visit: every session hands out a fresh token for the same visitor.
LIFETIME = timedelta(days=180)
# Counted from the host site's word for who it is; then the site must say so again.
SIGNED_IN_LIFETIME = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody with the widget open. `language` is what they chose, `timezone` (IANA) what their device is set to.

    Anonymous: everything else but `id` is what they said of themselves, and proves nothing.
    Signed in: the host site vouches for `id`, `name` and `email`, until the moment `until` (ISO 8601).
    """

    id: str
    name: str = ""
    email: str = ""
    language: str = ""
    until: str = ""
    timezone: str = ""

    @property
    def is_signed_in(self) -> bool:
        """Whether the host site vouches for them."""
        return bool(self.until)


def new_visitor() -> Visitor:
    """Return a visitor nobody has met yet."""
    return Visitor(id=uuid4().hex)


def issue(account_id: int, visitor: Visitor) -> str:
    """Return a token that proves to this account alone that its bearer is `visitor`."""
    return signing.dumps(asdict(visitor), salt=_salt(account_id), compress=True)


def read(account_id: int, token: str, *, however_old: bool = False) -> Visitor:
    """Return whom `token` speaks for.

    Raises WebhookRejected where it was not issued by `issue` for this account, or more than LIFETIME ago, or the
    time for which a site vouched for somebody is over.
    """
    try:
        facts = signing.loads(token, salt=_salt(account_id), max_age=None if however_old else LIFETIME)
    except signing.BadSignature as error:
        raise WebhookRejected("the visitor's token is forged, expired or of another account") from error
    visitor = Visitor(**{field.name: str(facts.get(field.name, "")) for field in fields(Visitor)})
    if visitor.until and not however_old and datetime.fromisoformat(visitor.until) <= clock.now():
        raise WebhookRejected("the site vouched for the visitor too long ago")
    return visitor


def bearer(authorization: str) -> str:
    """Return the token of an Authorization header; empty where it holds none."""
    scheme, _space, token = authorization.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _salt(account_id: int) -> str:
    return f"channels_webchat.visitor.{account_id}"
