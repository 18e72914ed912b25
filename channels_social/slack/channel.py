"""Slack as a channel: direct messages between people of one workspace and an app.

Address: the workspace's id ("T…"). Credentials: `signing_secret`, and `bot_token`, or where the app rotates its tokens
`oauth_refresh_token`, `client_id` and `client_secret`. Settings: `api_base`, `timeout`.
"""

from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from channels_social import calling
from channels_social.reading import Node
from channels_social.signatures import hmac_sha256, is_recent, same
from channels_social.slack import payloads
from channels_social.slack.client import MAX_FILE, WebApi, download, profile
from channels_social.slack.ids import message_id, posted_id
from channels_social.slack.setup import FIELDS, check
from channels_social.slack.texts import escaped
from csplatform.gateway.contract import (
    Abilities,
    AccountConfig,
    Cursor,
    Event,
    FetchResult,
    HttpAnswer,
    OutboundMessage,
    RawDelivery,
    SendResult,
)
from csplatform.gateway.errors import SendUncertain, Unreadable, WebhookRejected

SIGNATURE_HEADER = "x-slack-signature"
TIME_HEADER = "x-slack-request-timestamp"
# Characters: of a block of text, of a button's label, and of what it stands for.
MAX_BLOCK, MAX_LABEL, MAX_VALUE = 3000, 75, 2000


class SlackChannel:
    """An app in its direct messages. Slack tells no app whether a message was read, and shows nobody that it types."""

    slug: ClassVar[str] = "slack"
    label: ClassVar[Any] = _("Slack")
    abilities: ClassVar[Abilities] = Abilities(
        max_text=4000,
        max_caption=4000,
        attachments_per_message=None,
        max_attachment=MAX_FILE,
        edits=True,
        deletes=True,
        quick_replies=10,
        thanks="",  # what is said to a command or a button would be shown to the person
        download=download,
        profile=profile,
        fields=FIELDS,
        check=check,
    )

    def __init__(self, account: AccountConfig) -> None:
        self._account = account

    def handshake(self, raw: RawDelivery) -> HttpAnswer | None:
        """Give Slack's challenge back, which is signed like all else."""
        challenge = payloads.challenge(raw)
        if challenge is None:
            return None
        self.verify(raw)
        return HttpAnswer(challenge.encode())

    def verify(self, raw: RawDelivery) -> None:
        """Check the signature over version, time and body; source: docs.slack.dev/authentication/verifying-requests."""
        secret = self._account.credentials.get("signing_secret", "")
        said_at = raw.headers.get(TIME_HEADER, "")
        if raw.method != "POST":
            raise WebhookRejected("Slack calls with POST")
        if not secret:
            raise WebhookRejected("the account has no signing secret")
        if not is_recent(said_at, raw.received_at):
            raise WebhookRejected("the call is older than five minutes, or does not say how old it is")
        signed = b"v0:" + said_at.encode() + b":" + raw.body
        if not same(raw.headers.get(SIGNATURE_HEADER, ""), f"v0={hmac_sha256(secret, signed)}"):
            raise WebhookRejected("the signature is missing or wrong")

    def parse(self, raw: RawDelivery) -> list[Event]:
        """Return what was said, changed, or pressed."""
        return payloads.events(raw, self._account.address)

    def fetch(self, cursor: Cursor) -> FetchResult:
        """Slack calls us."""
        return FetchResult((), cursor)

    def send(self, message: OutboundMessage) -> SendResult:
        """Post a text with its buttons, or files with a comment."""
        api = WebApi(self._account)
        thread = _ts(message.reply_to, message.recipient)
        answers = {"thread_ts": thread} if thread else {}
        if message.attachments:
            comment = {"initial_comment": escaped(message.text)} if message.text else {}
            fields = {"channel_id": message.recipient, "files": api.upload(message.attachments), **comment, **answers}
            return _posted(api.send("files.completeUploadExternal", fields), message.recipient)
        ours = {"event_type": "csplatform_reply", "event_payload": {payloads.KEY: message.key}}
        text = {"text": escaped(message.text), "mrkdwn": False, "metadata": ours}
        blocks = {"blocks": _blocks(message)} if message.quick_replies else {}
        return _sent(api.send("chat.postMessage", {"channel": message.recipient, **text, **blocks, **answers}))


def _ts(external_id: str, channel: str) -> str:
    """Return the `ts` of a message in `channel`; empty for anything else, as a button's press."""
    where, _colon, ts = external_id.partition(":")
    return ts if where == channel and ts.replace(".", "", 1).isdigit() else ""


def _blocks(message: OutboundMessage) -> list[dict[str, Any]]:
    """Return the text in sections, as far as one goes, and buttons below it."""
    pieces = [message.text[start : start + MAX_BLOCK] for start in range(0, len(message.text), MAX_BLOCK)]
    sections = [{"type": "section", "text": {"type": "plain_text", "text": piece}} for piece in pieces]
    buttons = [
        {
            "type": "button",
            "action_id": f"reply-{index}",
            "text": {"type": "plain_text", "text": reply[:MAX_LABEL]},
            "value": reply[:MAX_VALUE],
        }
        for index, reply in enumerate(message.quick_replies)
    ]
    return [*sections, {"type": "actions", "elements": buttons}]


def _sent(answer: Node) -> SendResult:
    try:
        return SendResult(message_id(answer.text("channel"), answer.text("ts")))
    except Unreadable:
        raise SendUncertain(calling.UNNAMED) from None


def _posted(answer: Node, channel: str) -> SendResult:
    try:
        return SendResult(posted_id(channel, answer.children("files")[0].identifier("id")))
    except (Unreadable, IndexError):
        raise SendUncertain(calling.UNNAMED) from None
