"""What Slack calls with when somebody presses a button: a form with one field, `payload`. Pure.

Source: docs.slack.dev/reference/interaction-payloads/block_actions-payload.
"""

from urllib.parse import parse_qs

from channels_social.reading import Node, read
from channels_social.slack.ids import button_id, message_id, moment
from channels_social.slack.texts import plain
from csplatform.gateway.contract import Event, HandleKind, InboundMessage, RawDelivery, Sender
from csplatform.gateway.errors import Unreadable

FORM = "application/x-www-form-urlencoded"


def is_form(raw: RawDelivery) -> bool:
    """Whether this is an interaction or a command; events come as JSON."""
    return raw.headers.get("content-type", "").split(";")[0].strip().lower() == FORM


def events(raw: RawDelivery, workspace: str) -> list[Event]:
    """Return the buttons that were pressed in a direct message. Raises Unreadable."""
    try:
        form = parse_qs(raw.body.decode(), keep_blank_values=True, max_num_fields=100)
    except ValueError:
        raise Unreadable("the body is not a form") from None
    if "payload" not in form:
        if "command" in form:
            return []  # a slash command, which has an answer of its own
        raise Unreadable("the form has no payload")
    payload = read(form["payload"][0].encode())
    if payload.text("type") != "block_actions":
        return []
    team = payload.child("team").identifier("id")
    if team != workspace:
        raise Unreadable(f"the workspace {team} has no account at this address")
    channel = payload.optional_child("channel")
    message = payload.optional_child("message")
    if channel is None or message is None or not channel.identifier("id").startswith("D"):
        return []
    return [_pressed(action, message, channel.identifier("id")) for action in _buttons(payload)]


def _buttons(payload: Node) -> list[Node]:
    return [action for action in payload.children("actions") if action.text("type") == "button"]


def _pressed(action: Node, message: Node, channel: str) -> InboundMessage:
    """Read a button as what it says."""
    return InboundMessage(
        external_id=button_id(channel, action.text("action_ts")),
        sender=Sender(channel, HandleKind.SOCIAL),
        text=plain(action.child("text").text("text")),
        sent_at=moment(action, "action_ts"),
        thread_refs=(message_id(channel, message.text("ts")),),
        metadata={"button": action.optional_text("value")},
    )
