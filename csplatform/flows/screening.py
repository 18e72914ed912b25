"""Whether what begins with a message is spam."""

from csplatform.automation.selectors import Verdict, screen
from csplatform.contacts.models import Contact
from csplatform.gateway.contract import InboundMessage
from csplatform.gateway.models import ChannelAccount


def verdict_on(account: ChannelAccount, contact: Contact, event: InboundMessage) -> Verdict:
    """Return whether `event` is spam, and why: its sender is blocked, a rule says so, or whoever carried it here."""
    if contact.is_blocked:
        return Verdict(True, None, {"reason": "blocked"})
    return screen(account, event)
