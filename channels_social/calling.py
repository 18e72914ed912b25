"""Calling a platform's HTTP API: what a broken line means, and keeping secrets out of every message.

Errors of httpx carry the address, and with it Telegram's token; hence `from None` everywhere.
"""

from dataclasses import dataclass
from typing import Any

import httpx

from csplatform.gateway.contract import AccountConfig, Download
from csplatform.gateway.errors import SendFailed, SendUnavailable, SendUncertain

# Seconds a platform may keep silent; the account's setting `timeout` says otherwise.
TIMEOUT = 30
# Seconds until it must be reached.
CONNECT_TIMEOUT = 5
# A gateway that waited in vain says nothing about what the platform behind it did.
OUTCOME_UNKNOWN = frozenset({502, 504})


def credential(account: AccountConfig, name: str) -> str:
    """Return a secret fit for a header or an address. Raises SendFailed where the account has none such."""
    secret = account.credentials.get(name)
    if not isinstance(secret, str) or not secret or not all("!" <= char <= "~" for char in secret):
        raise SendFailed(f"The account {account.name!r} has no usable {name.replace('_', ' ')}.")
    return secret


@dataclass(frozen=True, slots=True)
class Line:
    """How one account reaches its platform; `base` comes without a slash at the end."""

    platform: str
    base: str
    timeout: float

    @classmethod
    def of(cls, account: AccountConfig, platform: str, default_base: str) -> "Line":
        """Return the line to `default_base`, or to where the account's settings `api_base` and `timeout` point."""
        base = str(account.settings.get("api_base") or default_base).rstrip("/")
        return cls(platform, base, float(account.settings.get("timeout") or TIMEOUT))

    def call(self, method: str, path: str, *, takes_message: bool, **request: Any) -> httpx.Response:
        """Return the platform's answer, whatever its status below 500.

        Raises SendUnavailable where the platform was not reached or says that it is ill, SendFailed where its address
        is none, and SendUncertain where the call `takes_message` and it stays open whether it did.
        """
        try:
            with self._client() as client:
                answer = client.request(method, f"{self.base}/{path}", **request)
        except (httpx.ConnectError, httpx.ConnectTimeout):
            raise SendUnavailable(f"{self.platform} cannot be reached.") from None
        except (httpx.InvalidURL, httpx.UnsupportedProtocol):
            raise SendFailed(f"The address set for {self.platform} is not one.") from None
        except httpx.RequestError as error:
            raise self._open_outcome(type(error).__name__, takes_message) from None
        if answer.status_code in OUTCOME_UNKNOWN:
            raise self._open_outcome(f"HTTP {answer.status_code}", takes_message)
        if answer.status_code >= 500:
            raise self._ill(answer)
        return answer

    def fetch(self, url: str, *, limit: int, headers: dict[str, str] | None = None) -> Download:
        """Return a file. Raises SendUnavailable, or SendFailed where it is gone or larger than `limit` bytes."""
        content = bytearray()
        try:
            with self._client() as client, client.stream("GET", url, headers=headers) as answer:
                self._check_file(answer)
                for chunk in answer.iter_bytes():
                    content += chunk
                    if len(content) > limit:
                        raise SendFailed(f"The file is larger than {limit // 1_000_000} MB.")
        except (httpx.InvalidURL, httpx.UnsupportedProtocol):
            raise SendFailed(f"{self.platform} named an address that is none.") from None
        except httpx.RequestError as error:
            raise self._open_outcome(type(error).__name__, takes_message=False) from None
        return Download(bytes(content), content_type=answer.headers.get("content-type", "").split(";")[0].strip())

    def _client(self) -> httpx.Client:
        return httpx.Client(timeout=httpx.Timeout(self.timeout, connect=min(self.timeout, CONNECT_TIMEOUT)))

    def _check_file(self, answer: httpx.Response) -> None:
        if answer.status_code == 429 or answer.status_code >= 500:
            raise self._ill(answer)
        if answer.status_code != 200:
            code = str(answer.status_code)
            raise SendFailed(f"{self.platform} no longer has this file (HTTP {code}).", code=code)

    def _ill(self, answer: httpx.Response) -> SendUnavailable:
        code = str(answer.status_code)
        reason = f"{self.platform} does not answer properly now (HTTP {code})."
        return SendUnavailable(reason, code=code, retry_after=retry_after(answer))

    def _open_outcome(self, what: str, takes_message: bool) -> SendUncertain | SendUnavailable:
        if takes_message:
            return SendUncertain(f"{self.platform} may or may not have taken the message ({what}).")
        return SendUnavailable(f"{self.platform} did not answer ({what}).")


def retry_after(answer: httpx.Response) -> float | None:
    """Return the seconds that the answer's Retry-After names, if any."""
    value = answer.headers.get("retry-after", "")
    return float(value) if value.isascii() and value.isdigit() else None
