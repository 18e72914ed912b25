"""What providers call a webhook with, signed as each of them signs. Payloads after their own documentation."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from csplatform.common import clock
from csplatform.gateway.contract import AccountConfig, RawDelivery

PASSWORD = "csplatform:a-password-we-gave-the-provider"
BASIC = "Basic " + base64.b64encode(PASSWORD.encode()).decode()
KEY = "a-signing-key-of-the-provider"
HOOK = "https://desk.example/hooks/token/"
US, ADA = "support@shop.example", "ada@customer.example"
MARK = "0d9f8a52-9d3e-4d7c-b6a0-3f0e5b7f1c11"
OURS = f"{MARK}@shop.example"
MARKED = {"csplatform_id": MARK}
EC_KEY = ec.generate_private_key(ec.SECP256R1())
RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def public(key: Any) -> str:
    """Return a public key as providers show it: without its first and last line."""
    pem = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return "".join(pem.decode().splitlines()[1:-1])


def call(body: bytes, content_type: str = "application/json", **headers: str) -> RawDelivery:
    """Return a call; underscores in header names stand for hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items()} | {"content-type": content_type}
    return RawDelivery(body=body, headers=named, query={}, method="POST", received_at=clock.now())


def with_password(document: Any) -> RawDelivery:
    """Return a call of a provider that knows our password."""
    return call(json.dumps(document).encode(), authorization=BASIC)


def as_text(mail: bytes) -> str:
    return mail.decode("utf-8")


def form(fields: Mapping[str, bytes], **headers: str) -> RawDelivery:
    """Return a multipart form. A name with a | holds the name of a file and its type."""
    parts = []
    for name, data in fields.items():
        field, *file = name.split("|")
        extra = f'; filename="{file[0]}"\r\nContent-Type: {file[1]}' if file else ""
        parts.append(f'--xYzZY\r\nContent-Disposition: form-data; name="{field}"{extra}\r\n\r\n'.encode() + data)
    return call(b"\r\n".join(parts) + b"\r\n--xYzZY--\r\n", "multipart/form-data; boundary=xYzZY", **headers)


# Each provider ---------------------------------------------------------------------------------------------------


def mailgun_signature() -> dict[str, str]:
    digest = hmac.new(KEY.encode(), b"1772445600" + b"a" * 50, hashlib.sha256)
    return {"timestamp": "1772445600", "token": "a" * 50, "signature": digest.hexdigest()}


def mailgun_mail(mail: bytes) -> RawDelivery:
    fields = {"sender": ADA.encode(), "recipient": US.encode(), "body-mime": mail}
    return form(fields | {name: value.encode() for name, value in mailgun_signature().items()})


def mailgun_event(kind: str) -> RawDelivery:
    event = {
        "hard": {"event": "failed", "severity": "permanent", "reason": "bounce"},
        "soft": {"event": "failed", "severity": "temporary", "reason": "generic"},
        "delivered": {"event": "delivered"},
        "opened": {"event": "opened"},
        "complained": {"event": "complained"},
    }[kind]
    event |= {"recipient": ADA, "timestamp": 1772445601.5, "user-variables": MARKED}
    event |= {"delivery-status": {"message": "5.1.1 no such user", "code": 550}}
    return call(json.dumps({"signature": mailgun_signature(), "event-data": event}).encode())


def sendgrid_mail(mail: bytes) -> RawDelivery:
    envelope = json.dumps({"to": [US], "from": ADA}).encode()
    return form({"email": mail, "envelope": envelope}, authorization=BASIC)


def sendgrid_event(kind: str) -> RawDelivery:
    event: dict[str, Any] = {
        "hard": {"event": "bounce", "type": "bounce", "reason": "550 5.1.1 no such user"},
        "soft": {"event": "deferred", "response": "451 later"},
        "delivered": {"event": "delivered", "response": "250 ok"},
        "opened": {"event": "open"},
        "complained": {"event": "spamreport"},
    }[kind]
    body = json.dumps([event | {"email": ADA, "timestamp": 1772445601, **MARKED}]).encode()
    signature = EC_KEY.sign(b"1772445601" + body, ec.ECDSA(hashes.SHA256()))
    return call(
        body,
        x_twilio_email_event_webhook_signature=base64.b64encode(signature).decode(),
        x_twilio_email_event_webhook_timestamp="1772445601",
    )


def postmark_mail(mail: bytes) -> RawDelivery:
    headers = [{"Name": "Return-Path", "Value": f"<{ADA}>"}]
    return with_password(
        {"FromFull": {"Email": ADA}, "OriginalRecipient": US, "Headers": headers, "RawEmail": as_text(mail)}
    )


def postmark_event(kind: str) -> RawDelivery:
    event: dict[str, Any] = {
        "hard": {"RecordType": "Bounce", "Type": "HardBounce", "Details": "no such user", "Email": ADA},
        "soft": {"RecordType": "Bounce", "Type": "Transient", "Email": ADA},
        "delivered": {"RecordType": "Delivery", "Recipient": ADA, "DeliveredAt": "2026-03-02T10:00:01Z"},
        "opened": {"RecordType": "Open", "Recipient": ADA},
        "complained": {"RecordType": "SpamComplaint", "Type": "SpamComplaint", "Email": ADA},
    }[kind]
    return with_password(event | {"MessageID": "0a129aee", "Metadata": MARKED})


def sns(message: Any, kind: str = "Notification", **more: str) -> RawDelivery:
    """Return a call of Amazon SNS."""
    said = message if isinstance(message, str) else json.dumps(message)
    body = {"Type": kind, "MessageId": "m-1", "TopicArn": "arn:aws:sns:eu-west-1:1:mail", "Message": said, **more}
    body |= {"Timestamp": "2026-03-02T10:00:01.000Z"}
    headers = {"x_amz_sns_message_type": kind, "x_amz_sns_message_id": "m-1", "authorization": BASIC}
    return call(json.dumps(body).encode(), "text/plain; charset=UTF-8", **headers)


def ses_mail(mail: bytes) -> RawDelivery:
    receipt = {"recipients": [US], "action": {"type": "SNS", "encoding": "BASE64"}, "spamVerdict": {"status": "PASS"}}
    content = base64.b64encode(mail).decode()
    return sns({"notificationType": "Received", "mail": {"source": ADA}, "receipt": receipt, "content": content})


def ses_event(kind: str) -> RawDelivery:
    people = [{"emailAddress": ADA, "diagnosticCode": "550 no such user"}]
    event: dict[str, Any] = {
        "hard": {
            "eventType": "Bounce",
            "bounce": {"bounceType": "Permanent", "bounceSubType": "General", "bouncedRecipients": people},
        },
        "soft": {
            "eventType": "Bounce",
            "bounce": {"bounceType": "Transient", "bounceSubType": "General", "bouncedRecipients": people},
        },
        "delivered": {"eventType": "Delivery", "delivery": {"recipients": [ADA]}},
        "opened": {"eventType": "Open", "open": {}},
        "complained": {"eventType": "Complaint", "complaint": {"complainedRecipients": people}},
    }[kind]
    headers = [{"name": "X-Metadata", "value": json.dumps(MARKED)}]
    return sns(event | {"mail": {"messageId": "0100", "destination": [ADA], "headers": headers}})


def brevo_event(kind: str) -> RawDelivery:
    word = {"hard": "hard_bounce", "soft": "soft_bounce", "delivered": "delivered", "opened": "opened"}.get(
        kind, "spam"
    )
    event = {"event": word, "email": ADA, "reason": "no such user", "X-Mailin-custom": json.dumps(MARKED)}
    return with_password(event | {"ts_epoch": 1772445601000, "message-id": "<theirs@brevo.example>"})


def brevo_mail(_mail: bytes) -> RawDelivery:
    headers = {"From": f"Ada <{ADA}>", "To": US, "Message-ID": "<first@customer.example>", "Subject": "Größe 图"}
    headers |= {"Return-Path": f"<{ADA}>", "Delivered-To": f"<{US}>", "Date": "Mon, 02 Mar 2026 10:00:00 +0000"}
    file = {"Name": "图 1.png", "ContentType": "image/png", "DownloadToken": "t/1", "ContentID": "<logo>"}
    item = {"Uuid": ["u"], "Headers": headers, "RawTextBody": "Grüße 图\n", "Attachments": [file]}
    return with_password({"items": [item]})


def mailjet_mail(_mail: bytes) -> RawDelivery:
    headers = {"From": f"Ada <{ADA}>", "To": US, "Message-ID": "<first@customer.example>", "Subject": "Größe 图"}
    headers |= {"Date": "Mon, 02 Mar 2026 10:00:00 +0000", "Received": ["by a", "by b"]}
    file = {"Content-Type": 'image/png; name="1.png"', "Content-Disposition": 'attachment; filename="1.png"'}
    parts = [{"Headers": {"Content-Type": "text/plain"}, "ContentRef": "Text-part"}]
    parts += [{"Headers": file, "ContentRef": "Attachment1"}]
    event = {"Sender": ADA, "Recipient": US, "Headers": headers, "Parts": parts, "Text-part": "Grüße 图\n"}
    return with_password(event | {"Attachment1": base64.b64encode(b"\x89PNG\x00").decode()})


def mailjet_event(kind: str) -> RawDelivery:
    event: dict[str, Any] = {
        "hard": {"event": "bounce", "hard_bounce": True, "error": "user unknown", "comment": "no such user"},
        "soft": {"event": "bounce", "hard_bounce": False, "error": "greylisted"},
        "delivered": {"event": "sent", "smtp_reply": "250 ok"},
        "opened": {"event": "open"},
        "complained": {"event": "spam"},
    }[kind]
    return with_password([event | {"time": 1772445601, "email": ADA, "Payload": json.dumps(MARKED)}])


def mailersend(document: Any) -> RawDelivery:
    body = json.dumps(document).encode()
    return call(body, signature=hmac.new(KEY.encode(), body, hashlib.sha256).hexdigest())


def mailersend_mail(mail: bytes) -> RawDelivery:
    data = {"raw": as_text(mail), "sender": {"email": ADA}, "recipients": {"rcptTo": [{"email": US}]}}
    return mailersend({"type": "inbound.message", "data": data})


def mailersend_event(kind: str) -> RawDelivery:
    word = {"hard": "hard_bounced", "soft": "soft_bounced", "complained": "spam_complaint"}.get(kind, kind)
    mail = {"message": {"id": "theirs"}, "recipient": {"email": ADA}, "tags": [f"csplatform_id:{MARK}"]}
    data: dict[str, Any] = {"type": word, "created_at": "2026-03-02T10:00:01Z", "email": mail}
    data["morph"] = {"object": "recipient_bounce", "reason": "no such user"} if "bounced" in word else None
    return mailersend({"type": f"activity.{word}", "data": data})


def sparkpost_mail(mail: bytes) -> RawDelivery:
    content = {"email_rfc822": base64.b64encode(mail).decode(), "email_rfc822_is_base64": True}
    relayed = {"protocol": "smtp", "msg_from": ADA, "rcpt_to": US, "content": content}
    return with_password([{"msys": {"relay_message": relayed}}])


def sparkpost_event(kind: str) -> RawDelivery:
    event: dict[str, Any] = {
        "hard": {"type": "bounce", "bounce_class": "10", "raw_reason": "no such user"},
        "soft": {"type": "delay", "bounce_class": "20"},
        "delivered": {"type": "delivery"},
        "opened": {"type": "open"},
        "complained": {"type": "spam_complaint"},
    }[kind]
    event |= {"timestamp": "1772445601", "raw_rcpt_to": ADA, "rcpt_meta": MARKED}
    return with_password([{"msys": {"message_event": event}}])


def mandrill(events: Any) -> RawDelivery:
    given = json.dumps(events)
    signature = hmac.new(KEY.encode(), f"{HOOK}mandrill_events{given}".encode(), hashlib.sha1).digest()
    return form({"mandrill_events": given.encode()}, x_mandrill_signature=base64.b64encode(signature).decode())


def mandrill_mail(mail: bytes) -> RawDelivery:
    return mandrill([{"event": "inbound", "ts": 1772445601, "msg": {"raw_msg": as_text(mail), "email": US}}])


def mandrill_event(kind: str) -> RawDelivery:
    word = {"hard": "hard_bounce", "soft": "deferral", "opened": "open", "complained": "spam"}.get(kind, kind)
    return mandrill(
        [{"event": word, "ts": 1772445601, "msg": {"email": ADA, "diag": "no such user", "metadata": MARKED}}]
    )


def postal(document: Any) -> RawDelivery:
    body = json.dumps(document).encode()
    signature = RSA_KEY.sign(body, padding.PKCS1v15(), hashes.SHA1())
    return call(body, x_postal_signature=base64.b64encode(signature).decode())


def postal_mail(mail: bytes) -> RawDelivery:
    content = {"message": base64.b64encode(mail).decode(), "base64": True}
    return postal({"rcpt_to": US, "mail_from": ADA, **content})


def postal_event(kind: str) -> RawDelivery:
    word = {"hard": "HardFail", "soft": "SoftFail", "delivered": "Sent"}[kind]
    message = {"id": 7, "to": ADA, "tag": f"csplatform_id:{MARK}", "direction": "outgoing"}
    return postal({"timestamp": 1772445601, "payload": {"status": word, "details": "no such user", "message": message}})


def resend_event(kind: str) -> RawDelivery:
    word = {"hard": "bounced", "soft": "delivery_delayed"}.get(kind, kind)
    data: dict[str, Any] = {"to": [ADA], "headers": [{"name": "X-Metadata", "value": json.dumps(MARKED)}]}
    if kind == "hard":
        data["bounce"] = {"message": "a hard bounce message: no such user", "type": "Permanent"}
    return with_password({"type": f"email.{word}", "created_at": "2026-03-02T10:00:01Z", "data": data})


def mailtrap_event(kind: str) -> RawDelivery:
    word = {"hard": "bounce", "soft": "soft bounce", "delivered": "delivery", "opened": "open"}.get(kind, "spam")
    event = {"event": word, "timestamp": 1772445601, "message_id": "m", "email": ADA, "custom_variables": MARKED}
    body = json.dumps({"events": [event | {"response": "no such user"}]}).encode()
    return call(body, mailtrap_signature=hmac.new(KEY.encode(), body, hashlib.sha256).hexdigest())


def unisender_event(kind: str) -> RawDelivery:
    word = {"hard": "hard_bounced", "soft": "soft_bounced", "complained": "spam"}.get(kind, kind)
    data = {"status": word, "event_time": "2026-03-02 10:00:01", "email": ADA, "metadata": MARKED}
    data["delivery_info"] = {"destination_response": "no such user"}
    events = [{"event_name": "transactional_email_status", "event_data": data}]
    body = json.dumps({"auth": KEY, "events_by_user": [{"events": events}]})
    digest = hashlib.md5(body.encode()).hexdigest()
    return call(body.replace(KEY, digest).encode())


@dataclass(frozen=True, slots=True)
class Caller:
    """A provider as it calls. `signature` is the header that proves it, or the field of its body after a colon."""

    event: Callable[[str], RawDelivery]
    mail: Callable[[bytes], RawDelivery] | None
    credentials: Mapping[str, str]
    signature: str = "authorization"
    mail_signature: str = ""

    def forged(self, raw: RawDelivery, *, is_mail: bool = False) -> list[RawDelivery]:
        """Return the call with its proof wrong, empty and missing."""
        proof = (self.mail_signature or self.signature) if is_mail else self.signature
        if proof.startswith(":"):
            found = self._field(raw, proof[1:])
            return [replace(raw, body=raw.body.replace(found, other)) for other in (b"0" + found[1:], b"")]
        given = raw.headers[proof]
        wrong = given[:-3] + ("AAA" if given[-3:] != "AAA" else "BBB")
        others = [{**raw.headers, proof: value} for value in (wrong, "")]
        others.append({name: value for name, value in raw.headers.items() if name != proof})
        return [replace(raw, headers=headers) for headers in others]

    def _field(self, raw: RawDelivery, name: str) -> bytes:
        if name == "auth":
            return str(json.loads(raw.body)["auth"]).encode()
        return mailgun_signature()["signature"].encode()


BY_PASSWORD = {"webhook_secret": PASSWORD}
SENDGRID_KEY = "tracking_webhook_verification_key"
CALLERS: Mapping[str, Caller] = {
    "mailgun": Caller(mailgun_event, mailgun_mail, {"webhook_signing_key": KEY}, ":signature"),
    "sendgrid": Caller(
        sendgrid_event,
        sendgrid_mail,
        BY_PASSWORD | {SENDGRID_KEY: public(EC_KEY)},
        "x-twilio-email-event-webhook-signature",
        "authorization",
    ),
    "postmark": Caller(postmark_event, postmark_mail, BY_PASSWORD),
    "amazon_ses": Caller(ses_event, ses_mail, BY_PASSWORD),
    "brevo": Caller(brevo_event, brevo_mail, BY_PASSWORD | {"api_key": "k"}),
    "mailjet": Caller(mailjet_event, mailjet_mail, BY_PASSWORD),
    "mailersend": Caller(
        mailersend_event, mailersend_mail, {"signing_secret": KEY, "inbound_secret": KEY}, "signature"
    ),
    "sparkpost": Caller(sparkpost_event, sparkpost_mail, BY_PASSWORD),
    "mandrill": Caller(mandrill_event, mandrill_mail, {"webhook_key": KEY}, "x-mandrill-signature"),
    "postal": Caller(postal_event, postal_mail, {"webhook_key": public(RSA_KEY)}, "x-postal-signature"),
    "resend": Caller(resend_event, None, BY_PASSWORD),
    "mailtrap": Caller(mailtrap_event, None, {"tracking_secret": KEY}, "mailtrap-signature"),
    "unisender_go": Caller(unisender_event, None, {"api_key": KEY}, ":auth"),
}


def account(provider: str, **settings: str) -> AccountConfig:
    """Return an account whose provider calls."""
    given = {"provider": provider, "webhook_url": HOOK, **settings}
    return AccountConfig(1, "Support", US, CALLERS[provider].credentials, given)
