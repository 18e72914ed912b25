"""DKIM signatures for outgoing mail (RFC 6376), for accounts whose mail server does not sign by itself."""

import dkim

from channels_email.compose import ascii_address
from csplatform.gateway.contract import AccountConfig
from csplatform.gateway.errors import SendFailed

_RELAXED = (b"relaxed", b"relaxed")


def sign(account: AccountConfig, mail: bytes) -> bytes:
    """Return `mail` with a signature in front, where the account has a key; unchanged where it has none.

    The setting `dkim_selector` and the credential `dkim_private_key` (RSA, PEM) go together; `dkim_domain` is the
    domain of the account's address unless it says otherwise. Raises SendFailed where they make no sense: mail that
    goes out unsigned would be taken for forged.
    """
    selector = str(account.settings.get("dkim_selector") or "")
    key = account.credentials.get("dkim_private_key") or ""
    if not selector and not key:
        return mail
    if not selector or not key:
        raise SendFailed("this account's DKIM settings need both a selector and a private key")
    domain = str(account.settings.get("dkim_domain") or ascii_address(account.address).rpartition("@")[2])
    try:
        names = (selector.encode("idna"), domain.encode("idna"))
        header = dkim.sign(mail, *names, key.strip().encode(), canonicalize=_RELAXED)
    except (dkim.DKIMException, UnicodeError, ValueError) as error:
        raise SendFailed("this account's DKIM key cannot be used: it must be an RSA key in PEM form") from error
    return bytes(header) + mail
