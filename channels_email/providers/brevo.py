"""Attachments that Brevo keeps until they are fetched."""

from urllib.parse import quote

import httpx
from django.conf import settings

from csplatform.gateway.contract import AccountConfig, Download
from csplatform.gateway.errors import SendFailed, SendUnavailable

API_URL = "https://api.brevo.com/v3"
TIMEOUT = 30  # seconds


def download(account: AccountConfig, token: str) -> Download:
    """Return the file that Brevo named by `token`. Raises SendUnavailable, SendFailed where it is gone or too big."""
    base = str(account.settings.get("api_url") or API_URL).rstrip("/")
    url = f"{base}/inbound/attachments/{quote(token, safe='')}"
    headers = {"api-key": str(account.credentials.get("api_key") or "")}
    content = bytearray()
    try:
        with httpx.stream("GET", url, headers=headers, timeout=TIMEOUT) as answer:
            _check(answer)
            for chunk in answer.iter_bytes():
                content += chunk
                if len(content) > settings.MAX_MAIL_BYTES:
                    raise SendFailed("the file is too large to be fetched")
    except (httpx.HTTPError, httpx.InvalidURL):
        raise SendUnavailable("Brevo cannot be reached") from None
    content_type = answer.headers.get("content-type", "").partition(";")[0].strip()
    return Download(bytes(content), content_type=content_type)


def _check(answer: httpx.Response) -> None:
    status = answer.status_code
    if status == 429 or status >= 500:
        raise SendUnavailable("Brevo has problems of its own at the moment", code=str(status))
    if status in {401, 403}:
        raise SendFailed("Brevo does not accept this account's key", code=str(status))
    if status != 200:
        raise SendFailed("Brevo no longer has this file", code=str(status))
