"""Signed-in visitors: the host site says who somebody is, by a JSON Web Token that it signs.

HS256 with the account's `identity_secret`; the claims `iss`, `sub` and `exp` are required, `name` and `email` are taken
over. The algorithm is ours to choose, never the token's (RFC 8725, 3.1). It says who somebody is at this moment; the
session that follows lasts for tokens.SIGNED_IN_LIFETIME.
"""

import hashlib
from datetime import timedelta
from typing import Any

import jwt

from channels_webchat.errors import Reason, Refused
from channels_webchat.tokens import SIGNED_IN_LIFETIME, Visitor
from csplatform.common import clock
from csplatform.gateway.contract import AccountConfig

ALGORITHM = "HS256"
# RFC 7518, 3.2: a key as long as the hash at least. Characters, of which each is a byte or more.
SHORTEST_SECRET = 32
# Between the site's clock and ours.
SKEW = timedelta(seconds=30)
LONGEST_TOKEN = 8000
_LONGEST_ID = 150


def visitor_of(account: AccountConfig, token: str, language: str) -> Visitor:
    """Return the visitor that the host site vouches for.

    Raises Refused(IDENTITY) for a token that is forged, expired, of another issuer or incomplete, and where the account
    has no secret.
    """
    claims = _claims(account, token)
    person = f"{claims['iss']}|{claims['sub']}"
    if len(person) > _LONGEST_ID:
        person = f"{claims['iss'][:60]}|{hashlib.sha256(person.encode()).hexdigest()}"
    return Visitor(
        id=person,
        name=_text(claims.get("name"), 200),
        email=_text(claims.get("email"), 254),
        language=language,
        until=(clock.now() + SIGNED_IN_LIFETIME).isoformat(),
    )


def _claims(account: AccountConfig, token: str) -> dict[str, Any]:
    secret = account.credentials.get("identity_secret", "")
    issuer = account.settings.get("identity_issuer") or None
    if len(secret) < SHORTEST_SECRET or len(token) > LONGEST_TOKEN:
        raise Refused(Reason.IDENTITY)
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            secret,
            algorithms=[ALGORITHM],
            issuer=issuer,
            leeway=SKEW,
            options={"require": ["iss", "sub", "exp"], "verify_aud": False},
        )
    except jwt.InvalidTokenError as error:
        raise Refused(Reason.IDENTITY) from error
    if not all(isinstance(claims[name], str) and claims[name].strip() for name in ("iss", "sub")):
        raise Refused(Reason.IDENTITY)
    return claims


def _text(value: object, limit: int) -> str:
    return " ".join(value.split())[:limit] if isinstance(value, str) else ""
