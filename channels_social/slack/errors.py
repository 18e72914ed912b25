"""What the Web API's errors mean for somebody at a desk. Slack says them with HTTP 200.

Source: docs.slack.dev/reference/methods/chat.postMessage, files.completeUploadExternal.
"""

from django.utils.translation import gettext_noop

# "It's possible some aspect of the operation succeeded before the error was raised."
OUTCOME_UNKNOWN = frozenset({"fatal_error", "internal_error"})
TEMPORARY = frozenset({"ratelimited", "rate_limited", "request_timeout", "service_unavailable", "team_added_to_org"})
# The token ended, although nobody said when it would.
TOKEN_ENDED = frozenset({"invalid_auth", "token_expired", "token_revoked"})
# Whoever owned this direct message is no longer there.
DEAD = frozenset({"is_archived", "user_disabled"})

_ACCESS = gettext_noop("Slack does not accept the bot token of this account.")
_SCOPE = gettext_noop("The Slack app lacks a permission: add its scope and install the app again.")
_GONE = gettext_noop("Slack cannot reach this person: the account was closed, or the direct message no longer exists.")
_CLOSED = gettext_noop("This person cannot write to the Slack app: switch on its Messages tab under App Home.")
_CONTENT = gettext_noop("Slack does not take this message: it is too long, or something in it is not allowed.")
_REFUSED = gettext_noop("Slack refused.")
SLOW_DOWN = gettext_noop("Slack asks to slow down.")
_REASONS = {
    **dict.fromkeys(["not_authed", "account_inactive", "no_permission", "org_login_required", *TOKEN_ENDED], _ACCESS),
    **dict.fromkeys(["missing_scope", "not_allowed_token_type", "team_access_not_granted"], _SCOPE),
    **dict.fromkeys(["channel_not_found", "user_not_found", "user_not_visible", "not_in_channel", *DEAD], _GONE),
    **dict.fromkeys(["cannot_dm_bot", "messages_tab_disabled"], _CLOSED),
    **dict.fromkeys(["msg_too_long", "no_text", "invalid_blocks", "msg_blocks_too_long", "file_too_large"], _CONTENT),
    **dict.fromkeys(["restricted_action", "ekm_access_denied"], gettext_noop("The workspace does not allow this.")),
    "file_not_found": gettext_noop("Slack no longer has this file."),
    "file_deleted": gettext_noop("Slack no longer has this file."),
}


def reason(error: str) -> str:
    """Return why something failed: a sentence where we know the error, else Slack's own word."""
    return _REASONS.get(error) or f"{_REFUSED} ({error})"
