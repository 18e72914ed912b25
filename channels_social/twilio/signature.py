"""How Twilio signs: over the address that it called, and every field of the form, known or not.

Source: www.twilio.com/docs/usage/security; repo twilio/twilio-python, twilio/request_validator.py.
"""

import base64
import hashlib
import hmac
from collections.abc import Iterable
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from csplatform.gateway.contract import RawDelivery
from csplatform.gateway.errors import WebhookRejected

HEADER = "x-twilio-signature"
_PORTS = {"https": 443, "http": 80}


def of_call(token: str, webhook: str, raw: RawDelivery) -> list[str]:
    """Return the signatures that fit a call to `webhook`: Twilio writes the port into some, not into others.

    Raises WebhookRejected where the body is no form.
    """
    url = f"{webhook}?{urlencode(raw.query)}" if raw.query else webhook
    try:
        form = parse_qsl(raw.body.decode(), keep_blank_values=True, strict_parsing=bool(raw.body))
    except ValueError:
        raise WebhookRejected("the body is not a form") from None
    return [_signed(token, one, form) for one in (url, _with_port(url), _without_port(url))]


def _signed(token: str, url: str, form: Iterable[tuple[str, str]]) -> str:
    """Fields follow the address in the order of their names; of equal values of one name, one counts."""
    said = url + "".join(f"{name}{value}" for name, value in sorted(set(form)))
    return base64.b64encode(hmac.new(token.encode(), said.encode(), hashlib.sha1).digest()).decode()


def _with_port(url: str) -> str:
    parts = urlsplit(url)
    port = parts.port or _PORTS.get(parts.scheme)
    return urlunsplit(parts._replace(netloc=f"{parts.hostname}:{port}")) if port else url


def _without_port(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.hostname or ""))
