"""Calling Twilio's REST API (version 2010-04-01)."""

import base64
from typing import Any

import httpx

from channels_social import calling
from channels_social.reading import Node, node
from channels_social.twilio import errors
from csplatform.gateway.contract import AccountConfig, Download
from csplatform.gateway.errors import SendFailed, SendUnavailable, SendUncertain, Unreadable

API_BASE = "https://api.twilio.com"
MAX_DOWNLOAD = 30_000_000


class TwilioApi:
    """The calls of one account. An API key stands in for the token where there is one."""

    def __init__(self, account: AccountConfig) -> None:
        self._line = calling.Line.of(account, API_BASE)
        self._account_sid = calling.credential(account, "account_sid")
        has_key = bool(account.credentials.get("api_key"))
        user = calling.credential(account, "api_key") if has_key else self._account_sid
        secret = calling.credential(account, "api_secret" if has_key else "auth_token")
        self._headers = {"authorization": "Basic " + base64.b64encode(f"{user}:{secret}".encode()).decode()}

    def send(self, form: dict[str, str]) -> str:
        """Return the id of the message that Twilio queued. Raises SendFailed, SendUnavailable, SendUncertain."""
        answer = self._call("POST", "/Messages.json", takes_message=True, data=form)
        try:
            return _body(answer).identifier("sid")
        except Unreadable:
            raise SendUncertain(calling.UNNAMED) from None

    def ask(self, path: str = "", **parameters: str) -> Node:
        """Return what a question about the account brings. Raises SendFailed, SendUnavailable, Unreadable."""
        return _body(self._call("GET", f"{path}.json", takes_message=False, params=parameters))

    def file(self, url: str) -> Download:
        """Return a file that a customer sent: Twilio wants the account's name, and leads on to where it lies.

        Raises SendUnavailable, or SendFailed once it is gone.
        """
        if not url.startswith(f"{self._line.base}/"):  # nobody else is told the account's secret
            raise SendFailed(calling.FILE_GONE)
        # Where it leads is Twilio's word; there, we do not say who we are.
        return self._line.fetch(url, limit=MAX_DOWNLOAD, headers=self._headers, allowed=lambda _url: True)

    def _call(self, method: str, path: str, *, takes_message: bool, **request: Any) -> httpx.Response:
        whole = f"2010-04-01/Accounts/{self._account_sid}{path}"
        answer = self._line.call(method, whole, takes_message=takes_message, headers=self._headers, **request)
        if not answer.is_success:
            raise _refusal(answer)
        return answer


def download(account: AccountConfig, ref: str) -> Download:
    """Fetch the file that a `FileReference` names."""
    return TwilioApi(account).file(ref)


def _body(answer: httpx.Response) -> Node:
    try:
        return node(answer.json(), "answer")
    except ValueError:
        raise Unreadable("the answer is not JSON") from None


def _refusal(answer: httpx.Response) -> SendFailed:
    """Return Twilio's no as a failure whose reason a person can act on."""
    try:
        body = _body(answer)
        code, said = str(int(body.number("code"))), body.optional_text("message")
    except Unreadable:
        code, said = "", f"HTTP {answer.status_code}"
    reason = errors.BAD_TOKEN if answer.status_code == 401 else errors.reason(code, said)
    if code in errors.TEMPORARY or answer.status_code == 429:
        wait = calling.retry_after(answer)
        return SendUnavailable(reason, code=code, retry_after=errors.TEMPORARY.get(code) if wait is None else wait)
    return SendFailed(reason, code=code or str(answer.status_code), dead_address=code in errors.DEAD)
