"""Calling a platform's HTTP API: what a broken line means, and keeping secrets out of every message.

Errors of httpx carry the address, and with it Telegram's token; hence `from None` everywhere.
Reasons are whole sentences, so that a screen can translate them.
"""

import ssl
from collections.abc import Callable
from dataclasses import dataclass
from email.message import Message
from functools import cache
from typing import Any

import httpx
from django.utils.translation import gettext_noop

from csplatform.gateway.contract import AccountConfig, Download
from csplatform.gateway.errors import SendFailed, SendUnavailable, SendUncertain

# Seconds a platform may keep silent; the account's setting `timeout` says otherwise.
TIMEOUT = 30
# Seconds until it must be reached.
CONNECT_TIMEOUT = 5
# A gateway that waited in vain says nothing about what the platform behind it did.
OUTCOME_UNKNOWN = frozenset({502, 504})

UNREACHABLE = gettext_noop("The platform cannot be reached.")
BROKEN_OFF = gettext_noop("The platform broke off without an answer.")
PERHAPS_TAKEN = gettext_noop("The platform broke off without an answer: it may have taken the message.")
UNNAMED = gettext_noop("The platform took the message, and its answer makes no sense.")
ILL = gettext_noop("The platform has problems of its own at the moment.")
NO_ADDRESS = gettext_noop("The address set for the platform is not a valid one.")
NO_CREDENTIAL = gettext_noop("The channel account has no usable access token.")
FILE_GONE = gettext_noop("The platform no longer has this file.")
FILE_TOO_LARGE = gettext_noop("The file is too large to be fetched.")
ONE_FILE_ONLY = gettext_noop("The platform takes one file a message.")


def credential(account: AccountConfig, name: str) -> str:
    """Return a secret fit for a header or an address. Raises SendFailed where the account has none such."""
    secret = account.credentials.get(name)
    if not isinstance(secret, str) or not secret or not all("!" <= char <= "~" for char in secret):
        raise SendFailed(NO_CREDENTIAL, code=name)
    return secret


@dataclass(frozen=True, slots=True)
class Line:
    """How one account reaches its platform; `base` has no slash at its end, `timeout` is in seconds."""

    base: str
    timeout: float

    @classmethod
    def of(cls, account: AccountConfig, default_base: str) -> "Line":
        """Return the line to `default_base`, or to where the account's settings `api_base` and `timeout` point."""
        base = str(account.settings.get("api_base") or default_base).rstrip("/")
        return cls(base, float(account.settings.get("timeout") or TIMEOUT))

    def call(self, method: str, path: str, *, takes_message: bool, **request: Any) -> httpx.Response:
        """Return the platform's answer, whatever its status below 500.

        Raises SendUnavailable where the platform was not reached or says that it is ill, SendFailed where its address
        is none, and SendUncertain where the call `takes_message` and it stays open whether it did.
        """
        try:
            with self._client() as client:
                answer = client.request(method, f"{self.base}/{path}", **request)
        except (httpx.ConnectError, httpx.ConnectTimeout):
            raise SendUnavailable(UNREACHABLE) from None
        except (httpx.InvalidURL, httpx.UnsupportedProtocol):
            raise SendFailed(NO_ADDRESS) from None
        except httpx.RequestError:
            raise _open_outcome(takes_message) from None
        if answer.status_code in OUTCOME_UNKNOWN:
            raise _open_outcome(takes_message)
        if answer.status_code >= 500:
            raise _ill(answer)
        return answer

    def fetch(
        self,
        url: str,
        *,
        limit: int,
        headers: dict[str, str] | None = None,
        allowed: Callable[[str], bool] | None = None,
    ) -> Download:
        """Return a file. Raises SendUnavailable, or SendFailed where it is gone or larger than `limit` bytes.

        With `allowed` redirections are followed, as long as every address on the way is one of those.
        """
        content = bytearray()
        try:
            with self._client(allowed) as client, client.stream("GET", url, headers=headers) as answer:
                _check_file(answer)
                for chunk in answer.iter_bytes():
                    content += chunk
                    if len(content) > limit:
                        raise SendFailed(FILE_TOO_LARGE)
        except (httpx.InvalidURL, httpx.UnsupportedProtocol):
            raise SendFailed(NO_ADDRESS) from None
        except httpx.RequestError:
            raise SendUnavailable(BROKEN_OFF) from None
        content_type = answer.headers.get("content-type", "").split(";")[0].strip()
        return Download(bytes(content), content_type=content_type, name=_file_name(answer))

    def _client(self, allowed: Callable[[str], bool] | None = None) -> httpx.Client:
        def look(request: httpx.Request) -> None:
            if allowed is not None and not allowed(str(request.url)):
                raise SendFailed(NO_ADDRESS)

        return httpx.Client(
            timeout=httpx.Timeout(self.timeout, connect=min(self.timeout, CONNECT_TIMEOUT)),
            verify=_trust(),
            follow_redirects=allowed is not None,
            event_hooks={"request": [look]},
        )


@cache
def _trust() -> ssl.SSLContext:
    """Read the certificates that we trust once: it takes longer than many a call."""
    return httpx.create_ssl_context()


def retry_after(answer: httpx.Response) -> float | None:
    """Return the seconds that the answer's Retry-After names, if any."""
    value = answer.headers.get("retry-after", "")
    return float(value) if value.isascii() and value.isdigit() else None


def _file_name(answer: httpx.Response) -> str:
    """Return the name that the answer's Content-Disposition gives to a file (RFC 6266), empty where it gives none."""
    head = Message()
    head["Content-Disposition"] = answer.headers.get("content-disposition", "")
    return head.get_filename() or ""


def _check_file(answer: httpx.Response) -> None:
    if answer.status_code == 429 or answer.status_code >= 500:
        raise _ill(answer)
    if answer.status_code != 200:
        raise SendFailed(FILE_GONE, code=str(answer.status_code))


def _ill(answer: httpx.Response) -> SendUnavailable:
    return SendUnavailable(ILL, code=str(answer.status_code), retry_after=retry_after(answer))


def _open_outcome(takes_message: bool) -> SendUncertain | SendUnavailable:
    return SendUncertain(PERHAPS_TAKEN) if takes_message else SendUnavailable(BROKEN_OFF)
