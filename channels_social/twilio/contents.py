"""A reply as Twilio's form wants it. Twilio takes no uploads, only addresses, and few countries have MMS."""

from datetime import timedelta

from channels_social import wording
from channels_social.measures import shortened
from csplatform.gateway.contract import OutboundMessage

# What carriers show, and up to how many bytes (www.twilio.com/docs/messaging/guides/accepted-mime-types).
PICTURES = frozenset({"image/jpeg", "image/png", "image/gif"})
MAX_MEDIA = 5_000_000
# Twilio fetches a picture at once, or once the queue has come to it (ten hours at most).
FOR_TWILIO = timedelta(hours=24)
FOR_PEOPLE = timedelta(days=30)
MAX_NAME = 100


def body_and_media(message: OutboundMessage, *, can_show: bool) -> dict[str, str]:
    """Return the fields that hold text and file; the file is a link where the number `can_show` no such thing."""
    if not message.attachments:
        return {"Body": message.text}
    (file,) = message.attachments
    if can_show and file.content_type in PICTURES and file.size <= MAX_MEDIA:
        media = {"MediaUrl": file.link(FOR_TWILIO)}
        return {"Body": message.text, **media} if message.text else media
    link = wording.file(shortened(file.name, MAX_NAME), file.link(FOR_PEOPLE))
    return {"Body": f"{message.text}\n{link}".strip()}
