"""A stand-in for Twilio's messaging, with the rules of its pages for messages, media, webhooks and security."""

import base64
import hashlib
import hmac
import re
from typing import Any, ClassVar
from urllib.parse import urlencode

import httpx

from tests.contract.platform import Taken
from tests.platforms.base import PATIENCE, Answer, Call, Refused, StandIn, as_json, serve
from tests.platforms.fetching import fetch

ACCOUNT_SID = "ACffffffffffffffffffffffffffffffff"
AUTH_TOKEN = "0123456789abcdef0123456789abcdef"
NUMBER = "+14155550100"
CUSTOMER = "+8613800138000"
_TO = re.compile(r"(whatsapp:)?\+[1-9][0-9]{4,14}")


def signature(url: str, form: dict[str, str], token: str = AUTH_TOKEN) -> str:
    """Return what Twilio puts into X-Twilio-Signature."""
    said = url + "".join(name + form[name] for name in sorted(form))
    return base64.b64encode(hmac.new(token.encode(), said.encode(), hashlib.sha1).digest()).decode()


class TwilioStandIn(StandIn):
    """One number. `media` are files of customers, by the last part of their address here."""

    description: ClassVar[str] = __doc__

    def __init__(
        self, *, port: int = 0, account_sid: str = ACCOUNT_SID, auth_token: str = AUTH_TOKEN, number: str = NUMBER
    ) -> None:
        self.account_sid, self.auth_token, self.number = account_sid, auth_token, number
        self.keys = {"SKeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee": "a-secret-of-an-API-key"}
        self.media: dict[str, tuple[str, bytes]] = {}
        self.opted_out: set[str] = set()
        self.capabilities = {"sms": True, "mms": True, "voice": True}
        self.sms_method = "POST"
        self.status = "active"
        self._last = 0
        super().__init__(port=port)

    def be_busy(self) -> float | None:
        """Answer the next message with 429, which names no time."""
        self._orders.append("busy")
        return None

    def busy(self) -> Answer:
        return self.refusal(Refused(429, "Too Many Requests", 20429))

    def refused_for_good(self) -> Refused:
        return Refused(400, "Attempt to send to unsubscribed recipient", 21610)

    def refusal(self, error: Refused) -> Answer:
        said = {"code": error.code or 20001, "message": error.why, "status": error.status}
        return as_json(said | {"more_info": f"https://www.twilio.com/docs/errors/{error.code}"}, error.status)

    def told(self, path: str, order: dict[str, Any]) -> httpx.Response:
        """`/_say {"text": …}`: a message. `/_receipt {"id": …, "status": "delivered"}`: a receipt."""
        if path == "/_say":
            return self.deliver(self.message(order["text"]))
        if path == "/_receipt":
            return self.deliver(self.receipt(order["id"], order["status"]))
        raise Refused(404, f"no order is called {path}")

    # What it calls our door with ------------------------------------------------------------------------------

    def deliver(self, document: Any, *, door: str = "") -> httpx.Response:
        """Call a door with a signed form, as Twilio does; what follows a # in the address is for Twilio itself."""
        url = (door or self.door).partition("#")[0]
        headers = {
            "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
            "X-Twilio-Signature": signature(url, document, self.auth_token),
            "I-Twilio-Idempotency-Token": "b8bb1a6e-0b2e-4c0a-8f5e-000000000001",
        }
        return httpx.post(url, content=urlencode(document).encode(), headers=headers, timeout=PATIENCE)

    def message(self, text: str = "", *, sender: str = CUSTOMER, files: tuple[str, ...] = (), **more: str) -> Any:
        """Return the form for one message; `files` are names in `media`."""
        self._last += 1
        sid = f"SM{self._last:032x}"
        form = {"MessageSid": sid, "SmsSid": sid, "SmsMessageSid": sid, "AccountSid": self.account_sid}
        form |= {"From": sender, "To": self.number, "Body": text, "SmsStatus": "received", "NumSegments": "1"}
        form |= {"FromCountry": "CN", "ToCountry": "US", "NumMedia": str(len(files)), "ApiVersion": "2010-04-01"}
        for index, name in enumerate(files):
            form[f"MediaUrl{index}"] = f"{self._place(sid)}/Media/{name}"
            form[f"MediaContentType{index}"] = self.media[name][0]
        return form | more

    def receipt(self, sid: str, status: str, **more: str) -> dict[str, str]:
        """Return the form of a status callback."""
        form = {"MessageSid": sid, "SmsSid": sid, "MessageStatus": status, "SmsStatus": status, "From": self.number}
        return form | {"To": CUSTOMER, "AccountSid": self.account_sid, "ApiVersion": "2010-04-01"} | more

    def _place(self, sid: str) -> str:
        return f"{self.url}/2010-04-01/Accounts/{self.account_sid}/Messages/{sid}"

    # What it does with our calls ------------------------------------------------------------------------------

    def answer(self, call: Call) -> Answer:
        if call.path.startswith("/cdn/"):
            return self._content(call)
        known = {self.account_sid: self.auth_token, **self.keys}
        logins = {"Basic " + base64.b64encode(f"{user}:{word}".encode()).decode() for user, word in known.items()}
        if call.headers.get("authorization") not in logins:
            raise Refused(401, "Authenticate", 20003)
        account, _slash, path = call.path.removeprefix("/2010-04-01/Accounts/").partition("/")
        if call.method == "GET" and account == f"{self.account_sid}.json":
            return as_json({"sid": self.account_sid, "friendly_name": "Shop", "status": self.status})
        if account != self.account_sid:
            raise Refused(404, "The requested resource was not found", 20404)
        if (call.method, path) == ("GET", "IncomingPhoneNumbers.json"):
            return self._numbers(call.query.get("PhoneNumber", ""))
        if (call.method, path) == ("POST", "Messages.json"):
            return self._send(call)
        name = path.rpartition("/")[2]
        if call.method == "GET" and path.startswith("Messages/") and name in self.media:
            return Answer(b"", 307, {"Location": f"{self.url.replace('127.0.0.1', 'localhost')}/cdn/{name}"})
        raise Refused(404, "The requested resource was not found", 20404)

    def _content(self, call: Call) -> Answer:
        if "authorization" in call.headers:
            raise Refused(400, "this host is not to know the account's secret")
        content_type, data = self.media[call.path.removeprefix("/cdn/")]
        return Answer(data, headers={"Content-Type": content_type})

    def _numbers(self, number: str) -> Answer:
        known = {"phone_number": self.number, "sms_url": self.door, "sms_method": self.sms_method}
        found = [known | {"capabilities": self.capabilities}] if number == self.number else []
        return as_json({"incoming_phone_numbers": found, "page": 0})

    def _send(self, call: Call) -> Answer:
        _need(call.headers.get("content-type") == "application/x-www-form-urlencoded", 20001, "a form")
        form = dict(httpx.QueryParams(call.body.decode()))
        fields = {"To", "From", "MessagingServiceSid", "Body", "MediaUrl", "StatusCallback"}
        _need(set(form) <= fields, 20001, f"only known fields, not {sorted(set(form) - fields)}")
        _need(("From" in form) != ("MessagingServiceSid" in form), 21603, "From or MessagingServiceSid")
        _need(form.get("From", self.number) == self.number, 21606, "From is not a number of yours")
        _need(_TO.fullmatch(form.get("To", "")), 21211, f"Invalid 'To' Phone Number: {form.get('To')}")
        _need(form["To"] not in self.opted_out, 21610, "Attempt to send to unsubscribed recipient")
        body = form.get("Body", "")
        _need(body or "MediaUrl" in form, 21602, "Message body is required")
        _need(len(body.encode("utf-16-le")) // 2 <= 1600, 21617, "The concatenated message body exceeds 1600")
        callback = form.get("StatusCallback", "https://")
        _need(callback.startswith(("https://", "http://127.0.0.1:")), 21609, "Invalid 'StatusCallback'")
        files = self._fetched(form["MediaUrl"]) if "MediaUrl" in form else ()
        self._last += 1
        sid = f"SM{self._last:032x}"
        said = {"sid": sid, "status": "queued", "error_code": None, "to": form["To"], "num_segments": "1"}
        return self.take(Taken(sid, form["To"], body, files), as_json(said, 201))

    def _fetched(self, url: str) -> tuple[tuple[str, bytes], ...]:
        _need(self.capabilities["mms"], 21620, "Invalid media URL(s)")
        _need(url.startswith(("https://", "http://127.0.0.1:")), 21620, "Invalid media URL(s)")
        found = fetch(url)
        _need(found.content_type in {"image/jpeg", "image/png", "image/gif"}, 12300, "Invalid Content-Type")
        _need(len(found.data) <= 5_000_000, 11751, "MMS -> Media exceeds mobile operator size limit")
        return ((found.name, found.data),)


def _need(condition: object, code: int, what: str) -> None:
    if not condition:
        raise Refused(400, what, code)


if __name__ == "__main__":
    serve(TwilioStandIn, {"account_sid": ACCOUNT_SID, "auth_token": AUTH_TOKEN, "number": NUMBER})
