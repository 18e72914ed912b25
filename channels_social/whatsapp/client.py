"""What one number may do by the Graph API."""

from typing import Any

from channels_social import calling
from channels_social.meta.graph import Graph, named
from channels_social.reading import Node
from channels_social.whatsapp.errors import WHATSAPP
from csplatform.gateway.contract import AccountConfig, Download, OutboundAttachment
from csplatform.gateway.errors import SendUnavailable, SendUncertain, Unreadable

API_BASE = "https://graph.facebook.com/v26.0"
# Bytes; documents are the largest that WhatsApp carries.
MAX_DOWNLOAD = 100_000_000


def graph(account: AccountConfig) -> Graph:
    """Return the Graph API for an account; `api_base` in its settings holds host and version. Raises SendFailed."""
    return Graph(account, API_BASE, WHATSAPP)


def send(account: AccountConfig, message: dict[str, Any]) -> str:
    """Return the id of the message that WhatsApp took. Raises SendFailed, SendUnavailable, SendUncertain."""
    answer = graph(account).send(f"{account.address}/messages", {"messaging_product": "whatsapp"} | message)
    try:
        return named(answer.children("messages")[0], "id")
    except (Unreadable, IndexError):
        raise SendUncertain(calling.UNNAMED) from None


def show(account: AccountConfig, sign: dict[str, Any]) -> None:
    """Show a sign beside a customer's message, which changes nothing else. Raises SendFailed, SendUnavailable."""
    graph(account).tell(f"{account.address}/messages", json={"messaging_product": "whatsapp"} | sign)


def number(account: AccountConfig, *fields: str) -> Node:
    """Return what is known of the number. Raises SendFailed, SendUnavailable."""
    return graph(account).ask(account.address, fields=",".join(fields))


def upload(account: AccountConfig, attachment: OutboundAttachment) -> str:
    """Return the id of a file handed to WhatsApp, good for 30 days. Raises SendFailed, SendUnavailable."""
    answer = graph(account).tell(
        f"{account.address}/media",
        data={"messaging_product": "whatsapp", "type": attachment.content_type},
        files={"file": (attachment.name, attachment.open(), attachment.content_type)},
    )
    try:
        return answer.identifier("id")
    except Unreadable:
        raise SendUnavailable(calling.BROKEN_OFF) from None


def download(account: AccountConfig, ref: str) -> Download:
    """Fetch the file that a `FileReference` names: first its address, good for minutes, then the file itself.

    The address wants the token too. Raises SendFailed where the file is gone, which it is after seven days.
    """
    api = graph(account)
    found = api.ask(ref)
    try:
        url, content_type = found.text("url"), found.optional_text("mime_type")
    except Unreadable:
        raise SendUnavailable(calling.BROKEN_OFF) from None
    fetched = api.file(url, limit=MAX_DOWNLOAD)
    return Download(fetched.data, content_type=content_type.split(";")[0].strip())
