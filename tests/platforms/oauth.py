"""A sign-in provider of a test's own: RFC 6749's token endpoint for refresh tokens and codes, with PKCE (RFC 7636).

As strict as the real ones: the form's type and fields, the client's id and secret, codes that work once, and, where it
`rotates`, refresh tokens that are replaced each time they are used.
"""

import base64
import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import parse_qs, parse_qsl

from tests.platforms.base import Answer, Call, StandIn, as_json

CLIENT_ID = "desk-client"
CLIENT_SECRET = "desk-secret"
REFRESH_TOKEN = "refresh-0"


@dataclass(frozen=True, slots=True)
class Grant:
    """Somebody's yes on the sign-in page, not yet redeemed."""

    redirect_uri: str
    challenge: str


class OAuthStandIn(StandIn):
    """`forms` are the calls as they came; `valid` are the access tokens that count.

    All are for the mailbox `user`. `delay` is how long (seconds) each answer takes; `expires_in` is said as it is.
    """

    description: ClassVar[str] = __doc__ or ""

    def __init__(self, *, port: int = 0) -> None:
        self.rotates = False
        self.expires_in: object = 3600
        self.delay = 0.0
        self.forms: list[dict[str, str]] = []
        self.valid: set[str] = set()
        self.refresh_token = REFRESH_TOKEN
        self.user = "support@shop.example"
        self._refusals: list[Answer] = []
        self._grants: dict[str, Grant] = {}
        super().__init__(port=port)

    @property
    def credentials(self) -> dict[str, str]:
        """What an administrator enters."""
        return {
            "oauth_client_id": CLIENT_ID,
            "oauth_client_secret": CLIENT_SECRET,
            "oauth_refresh_token": self.refresh_token,
        }

    @property
    def settings(self) -> dict[str, str]:
        """The settings of an account that signs in here."""
        return {"oauth_provider": "custom", "oauth_token_url": f"{self.url}/token", "oauth_scope": "mail offline"}

    @property
    def introspection(self) -> str:
        """Where a mail server asks whether a token counts; the token is to be added."""
        return f"{self.url}/introspect?token="

    def revoke(self) -> None:
        """Let no access token count any more; who signed in stays signed in."""
        self.valid.clear()

    def refuse_with(self, status: int, document: Any, **headers: str) -> None:
        """Answer the next call with `document` (JSON, or bytes as they are); underscores in names stand for hyphens."""
        content = document if isinstance(document, bytes) else json.dumps(document).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self._refusals.append(Answer(content, status, {"Content-Type": "application/json", **named}))

    def sign_out(self) -> None:
        """End every sign-in: no refresh token counts any more."""
        self.refresh_token = "nobody's"
        self.valid.clear()

    def consent(self, redirect_uri: str, challenge: str) -> str:
        """Say yes on the sign-in page; returns the code."""
        code = f"code-{len(self._grants)}"
        self._grants[code] = Grant(redirect_uri, challenge)
        return code

    def answer(self, call: Call) -> Answer:
        """Answer one call of the token endpoint, or of the one that mail servers ask (RFC 7662)."""
        if call.path == "/introspect":
            active = call.query.get("token", "") in self.valid
            return as_json({"active": str(active).lower(), "username": self.user if active else ""})
        form = dict(parse_qsl(call.body.decode(), keep_blank_values=True))
        self.forms.append(form)
        time.sleep(self.delay)
        if self._refusals:
            return self._refusals.pop(0)
        content_type = call.headers.get("content-type", "").split(";")[0]
        if (call.method, call.path) != ("POST", "/token") or content_type != "application/x-www-form-urlencoded":
            return _no("invalid_request", "the call is malformed")
        if any(len(values) > 1 for values in parse_qs(call.body.decode()).values()):  # RFC 6749 3.2
            return _no("invalid_request", "a parameter is repeated")
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            return _no("invalid_client", "unknown client", status=401)
        return self._grant(form)

    def _grant(self, form: Mapping[str, str]) -> Answer:
        if form.get("grant_type") == "refresh_token":
            if form.get("refresh_token") != self.refresh_token:
                return _no("invalid_grant", "Token has been expired or revoked.")
            return self._issue(with_refresh_token=self.rotates)
        if form.get("grant_type") == "authorization_code":
            grant = self._grants.pop(form.get("code", ""), None)
            if grant is None or form.get("redirect_uri") != grant.redirect_uri:
                return _no("invalid_grant", "Bad Request")
            if challenge_of(form.get("code_verifier", "")) != grant.challenge:
                return _no("invalid_grant", "Invalid code verifier.")
            return self._issue(with_refresh_token=True)
        return _no("unsupported_grant_type", "Invalid grant_type")

    def _issue(self, *, with_refresh_token: bool) -> Answer:
        token = f"access-{len(self.forms)}"
        self.valid.add(token)
        document: dict[str, object] = {"access_token": token, "token_type": "Bearer", "expires_in": self.expires_in}
        if with_refresh_token:
            self.refresh_token = f"refresh-{len(self.forms)}"
            document["refresh_token"] = self.refresh_token
        return as_json(document)


def challenge_of(verifier: str) -> str:
    """Return the code challenge (S256) of RFC 7636 4.2."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _no(error: str, description: str, status: int = 400) -> Answer:
    return as_json({"error": error, "error_description": description}, status)
