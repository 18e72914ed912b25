"""Stand-ins for the sending APIs of mail providers, with the rules of their references."""

import base64
from typing import Any, ClassVar
from urllib.parse import parse_qsl

from tests.contract.platform import Taken
from tests.platforms.base import Answer, Call, Part, Refused, StandIn, as_json, multipart

KEY = "key-0123456789abcdef-of-the-stand-in"
DOMAIN = "shop.example"


class _Mailer(StandIn):
    """What they share: `documents` are the bodies that were accepted, by field."""

    def __init__(self, *, port: int = 0) -> None:
        self.documents: list[dict[str, Any]] = []
        super().__init__(port=port)

    def be_busy(self) -> float | None:
        """Answer the next mail with 429 and nine seconds."""
        self._orders.append("busy")
        return 9.0

    def keep(self, document: dict[str, Any], taken: Taken, answer: Answer) -> Answer:
        """Accept a mail that keeps the rules."""
        before = len(self.taken)
        said = self.take(taken, answer)
        if len(self.taken) > before:
            self.documents.append(document)
        return said


class MailgunStandIn(_Mailer):
    """https://documentation.mailgun.com/docs/mailgun/api-reference/send/mailgun/messages"""

    description: ClassVar[str] = __doc__

    def answer(self, call: Call) -> Answer:
        if call.path != f"/v3/{DOMAIN}/messages":
            return Answer(b"Mailgun Magnificent API")
        if call.headers.get("authorization") != "Basic " + base64.b64encode(f"api:{KEY}".encode()).decode():
            raise Refused(401, "Invalid private key")
        fields = self._form(call)
        unknown = [name for name in fields if ":" not in name and name not in self._known]
        if unknown or any(name not in fields for name in ("from", "to", "subject")):
            raise Refused(400, f"from, to and subject are required; unknown: {unknown}")
        if not {"text", "html"} & fields.keys():
            raise Refused(400, "Need at least one of 'text' or 'html' parameters specified")
        files = tuple((part.filename, part.data) for name, part in fields.items() if name == "attachment")
        document = {name: part.data.decode() for name, part in fields.items() if not part.filename}
        message_id = document["h:Message-Id"].strip("<>")
        taken = Taken(message_id, document["to"], document["text"].replace("\r\n", "\n"), files)
        return self.keep(document, taken, as_json({"id": f"<{message_id}>", "message": "Queued. Thank you."}))

    _known = frozenset({"from", "to", "cc", "bcc", "subject", "text", "html", "attachment", "inline"})

    def _form(self, call: Call) -> dict[str, Part]:
        if call.headers["content-type"].startswith("multipart/"):
            return multipart(call)
        if call.headers["content-type"] != "application/x-www-form-urlencoded":
            raise Refused(400, "a form is wanted")
        return {name: Part(value.encode()) for name, value in parse_qsl(call.body.decode(), keep_blank_values=True)}

    def busy(self) -> Answer:
        return as_json({"message": "Too many requests"}, 429, {"Retry-After": "9"})

    def refused_for_good(self) -> Refused:
        return Refused(400, "'to' parameter is not a valid address. please check documentation")

    def refusal(self, error: Refused) -> Answer:
        return as_json({"message": error.why}, error.status)


class SendGridStandIn(_Mailer):
    """https://www.twilio.com/docs/sendgrid/api-reference/mail-send/mail-send"""

    description: ClassVar[str] = __doc__
    _reserved = frozenset(
        [
            "x-sg-id",
            "x-sg-eid",
            "received",
            "dkim-signature",
            "content-type",
            "content-transfer-encoding",
            "to",
            "from",
            "subject",
            "reply-to",
            "cc",
            "bcc",
        ]
    )

    def answer(self, call: Call) -> Answer:
        if call.path != "/v3/mail/send":
            raise Refused(404, "not found")
        if call.headers.get("authorization") != f"Bearer {KEY}":
            raise Refused(401, "The provided authorization grant is invalid, expired, or revoked")
        mail = call.json()
        (person,) = mail["personalizations"]
        everybody = [one["email"] for kind in ("to", "cc", "bcc") for one in person.get(kind, [])]
        if len(set(everybody)) != len(everybody):
            raise Refused(400, "Each email address in the personalization block should be unique")
        headers = person.get("headers", {}) | mail.get("headers", {})
        if self._reserved & {name.lower() for name in headers}:
            raise Refused(400, "The header is reserved")
        kinds = [content["type"] for content in mail["content"]]
        if kinds not in (["text/plain"], ["text/plain", "text/html"]) or not all(c["value"] for c in mail["content"]):
            raise Refused(400, f"the content must be plain text, then HTML, none empty: {kinds}")
        files = tuple((file["filename"], base64.b64decode(file["content"])) for file in mail.get("attachments", []))
        text = mail["content"][0]["value"].replace("\r\n", "\n")
        taken = Taken(headers["Message-ID"].strip("<>"), person["to"][0]["email"], text, files)
        return self.keep(mail, taken, Answer(b"", 202))

    def busy(self) -> Answer:
        return as_json({"errors": [{"message": "too many requests"}]}, 429, {"Retry-After": "9"})

    def refused_for_good(self) -> Refused:
        return Refused(400, "Does not contain a valid address.")

    def refusal(self, error: Refused) -> Answer:
        return as_json({"errors": [{"message": error.why, "field": None, "help": None}]}, error.status)


class PostmarkStandIn(_Mailer):
    """https://postmarkapp.com/developer/api/email-api"""

    description: ClassVar[str] = __doc__
    _known = frozenset(
        [
            "From",
            "To",
            "Cc",
            "Bcc",
            "Subject",
            "Tag",
            "HtmlBody",
            "TextBody",
            "ReplyTo",
            "Headers",
            "TrackOpens",
            "TrackLinks",
            "Metadata",
            "Attachments",
            "MessageStream",
        ]
    )

    def answer(self, call: Call) -> Answer:
        if call.path != "/email":
            raise Refused(404, "not found")
        if call.headers.get("x-postmark-server-token") != KEY:
            raise Refused(401, "Request does not contain a valid Server token.", 10)
        mail = call.json()
        if mail.keys() - self._known:
            raise Refused(422, f"Invalid JSON: {mail.keys() - self._known}", 402)
        for name, value in mail.get("Metadata", {}).items():
            if len(name) > 20 or len(value) > 80:
                raise Refused(422, "Metadata: names have 20, values 80 characters", 300)
        headers = {header["Name"]: header["Value"] for header in mail.get("Headers", [])}
        if headers.get("X-PM-KeepID") != "true":
            raise Refused(422, "a test of ours: the Message-ID would be lost", 300)
        files = tuple((file["Name"], base64.b64decode(file["Content"])) for file in mail.get("Attachments", []))
        text = mail["TextBody"].replace("\r\n", "\n")
        taken = Taken(headers["Message-ID"].strip("<>"), mail["To"].split(",")[0], text, files)
        said = {"To": mail["To"], "SubmittedAt": "2026-03-02T10:00:00Z", "MessageID": "0a129aee-e1cd-480d-b08d"}
        return self.keep(mail, taken, as_json(said | {"ErrorCode": 0, "Message": "OK"}))

    def busy(self) -> Answer:
        return as_json({"ErrorCode": 429, "Message": "Rate limit exceeded"}, 429, {"Retry-After": "9"})

    def refused_for_good(self) -> Refused:
        said = "You tried to send to a recipient that has been marked as inactive.\n"
        said += "Found inactive addresses: ada@customer.example.\n"
        return Refused(422, said + "Inactive recipients are ones that have generated a hard bounce.", 406)

    def refusal(self, error: Refused) -> Answer:
        return as_json({"ErrorCode": error.code, "Message": error.why}, error.status)
