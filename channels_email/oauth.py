"""Logging in at Google, Microsoft 365 and others by OAuth 2.0 (RFC 6749) instead of a password.

An account whose setting `oauth_provider` is google, microsoft or custom logs in with XOAUTH2. Its credentials are
`oauth_client_id`, `oauth_client_secret` (where the provider gave one) and `oauth_refresh_token`; settings:
`oauth_tenant` (Microsoft's, “common” without), and for other providers `oauth_token_url`, `oauth_authorize_url` and
`oauth_scope`, which replace a known provider's too.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlsplit

import httpx

from csplatform.common import clock
from csplatform.gateway import tokens
from csplatform.gateway.contract import AccountConfig
from csplatform.gateway.errors import SendFailed, SendUnavailable
from csplatform.gateway.tokens import REFRESH_TOKEN, NewToken

TIMEOUT = 15  # seconds
# A token without “expires_in” (RFC 6749 5.1 only recommends it) is asked for again after this many seconds.
SHORT_LIFE = 600
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_MICROSOFT = "https://login.microsoftonline.com/{tenant}/oauth2/v2.0"


@dataclass(frozen=True, slots=True)
class Provider:
    """Where a provider's OAuth lives; `extra` are parameters of its own for the sign-in page."""

    token_url: str = ""
    authorize_url: str = ""
    scope: str = ""
    extra: tuple[tuple[str, str], ...] = ()


PROVIDERS = {
    "google": Provider(
        "https://oauth2.googleapis.com/token",
        "https://accounts.google.com/o/oauth2/v2/auth",
        "https://mail.google.com/",
        (("access_type", "offline"), ("prompt", "consent")),  # else a second sign-in brings no refresh token
    ),
    "microsoft": Provider(
        f"{_MICROSOFT}/token",
        f"{_MICROSOFT}/authorize",
        "https://outlook.office.com/IMAP.AccessAsUser.All https://outlook.office.com/SMTP.Send offline_access",
        (("prompt", "select_account"),),
    ),
    "custom": Provider(),
}


def access_token(account: AccountConfig, *, rejected: str = "") -> str | None:
    """Return a token to log in with, None where the account logs in by password.

    `rejected` is a token that the mail server has just refused; another one is asked for. An account that is not
    stored yet (id 0) gets a token that is not kept. Raises SendFailed where somebody must do something about it, and
    SendUnavailable where the provider cannot be asked now.
    """
    if not account.settings.get("oauth_provider"):
        return None
    if not account.id:
        return renew(account, account.credentials).access_token
    return tokens.fresh(account.id, lambda credentials: renew(account, credentials), rejected=rejected)


def user(account: AccountConfig, protocol: str) -> str:
    """Return the mailbox to log in to by `protocol` (imap or smtp): the user name entered, else the address."""
    return account.credentials.get(f"{protocol}_user") or account.address


def xoauth2(name: str, token: str) -> str:
    """Return the one thing that a client says in XOAUTH2, before it is base64."""
    return f"user={name}\x01auth=Bearer {token}\x01\x01"


def renew(account: AccountConfig, credentials: Mapping[str, str]) -> NewToken:
    """Ask the provider for a new access token; keeps nothing. Raises SendFailed and SendUnavailable."""
    if not credentials.get(REFRESH_TOKEN):
        raise SendFailed("nobody has signed in for this account yet: sign in, or enter a refresh token")
    form = {"grant_type": "refresh_token", "refresh_token": credentials[REFRESH_TOKEN]}
    return ask(account, credentials, form)


def ask(account: AccountConfig, credentials: Mapping[str, str], form: Mapping[str, str]) -> NewToken:
    """Send `form` with the client's own credentials to the provider's token address, and return what it grants."""
    if not credentials.get("oauth_client_id"):
        raise SendFailed("this account has no OAuth client id")
    known = {"client_id": credentials["oauth_client_id"], "client_secret": credentials.get("oauth_client_secret", "")}
    data = {**form, **{name: value for name, value in known.items() if value}}
    try:
        with httpx.Client(timeout=TIMEOUT, follow_redirects=False) as client:
            answer = client.post(provider(account.settings).token_url, data=data)
    except httpx.InvalidURL:
        raise SendFailed("the sign-in provider's address is not a valid one") from None
    except httpx.HTTPError as error:  # its words may hold the address, never the form
        raise SendUnavailable(f"the sign-in provider cannot be reached: {type(error).__name__}") from None
    return _granted(answer)


def provider(settings: Mapping[str, Any]) -> Provider:
    """Return the account's provider. Raises SendFailed for an unknown one, or an address that is not safe to use."""
    name = str(settings.get("oauth_provider") or "")
    if name not in PROVIDERS:
        raise SendFailed(f"“{name}” is not a sign-in provider; there are {', '.join(sorted(PROVIDERS))}")
    known, tenant = PROVIDERS[name], quote(str(settings.get("oauth_tenant") or "common"), safe="")
    token_url, authorize_url, scope = (
        str(settings.get(f"oauth_{part}") or getattr(known, part)) for part in ("token_url", "authorize_url", "scope")
    )
    return Provider(
        _safe(token_url.replace("{tenant}", tenant)),
        authorize_url.replace("{tenant}", tenant),
        scope,
        known.extra,
    )


def _safe(url: str) -> str:
    """Return `url`; secrets go nowhere unencrypted except to this machine itself."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        raise SendFailed("the sign-in provider's address is not a valid one") from None
    if not host or (parts.scheme != "https" and not (parts.scheme == "http" and host in LOOPBACK)):
        raise SendFailed("the sign-in provider's address must begin with https://")
    return url


def _granted(answer: httpx.Response) -> NewToken:
    document = _document(answer)
    if answer.status_code != 200:
        raise _refusal(answer, document)
    token = document.get("access_token")
    if not isinstance(token, str) or not token or not token.isascii() or not token.isprintable():
        raise SendUnavailable("the sign-in provider's answer makes no sense")
    seconds = document.get("expires_in", SHORT_LIFE)
    life = float(seconds) if str(seconds).isdecimal() else SHORT_LIFE  # Microsoft has sent it as text
    rotated = document.get("refresh_token")
    return NewToken(token, clock.now() + timedelta(seconds=life), rotated if isinstance(rotated, str) else "")


def _document(answer: httpx.Response) -> Mapping[str, Any]:
    try:
        document = answer.json()
    except ValueError:
        document = None
    return document if isinstance(document, dict) else {}


def _refusal(answer: httpx.Response, document: Mapping[str, Any]) -> SendFailed:
    """Return the failure that a provider's no stands for (RFC 6749 5.2), in plain words with its own beside them."""
    code = str(document.get("error") or answer.status_code)
    said = " ".join(str(document.get("error_description") or "").split())[:200]
    beside = f" ({code}: {said})" if said else f" ({code})"
    if answer.status_code == 429 or answer.status_code >= 500:
        after = answer.headers.get("retry-after", "")
        return SendUnavailable(
            f"the sign-in provider is busy{beside}",
            code=code,
            retry_after=float(after) if after.isdecimal() else None,
        )
    if code in {"invalid_grant", "interaction_required", "consent_required", "login_required"}:
        return SendFailed(f"the sign-in of this account has ended: sign in again{beside}", code=code)
    if code in {"invalid_client", "unauthorized_client"}:
        return SendFailed(f"the provider does not accept this account's client id and secret{beside}", code=code)
    return SendFailed(f"the sign-in provider refuses{beside}", code=code)
