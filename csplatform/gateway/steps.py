"""The steps of a live test, which depend on one another: once one has failed, the rest cannot be tried."""

from collections.abc import Callable, Sequence

from django.utils.translation import gettext as _

from csplatform.common.errors import CsplatformError
from csplatform.gateway.contract import AccountConfig, Finding
from csplatform.gateway.errors import SendFailed, SendUncertain, Unreadable

# A step's name, and what tries it: it returns words to show, or raises.
Step = tuple[str, Callable[[], str]]


class Failed(CsplatformError):
    """A step did not work; the text is for an administrator, in the language of the moment, and says what to do."""


def run(steps: Sequence[Step]) -> list[Finding]:
    """Take the steps in order until one fails; the ones after it are listed as not tried.

    A step fails by Failed, by SendFailed, whose reason is translated, or by an answer that makes no sense.
    """
    findings: list[Finding] = []
    for number, (name, attempt) in enumerate(steps, start=1):
        try:
            findings.append(Finding(name, True, attempt()))
            continue
        except Failed as failure:
            words = str(failure)
        except SendFailed as failure:
            words = _(failure.reason)
        except (SendUncertain, Unreadable):
            words = _("The platform's answer makes no sense.")
        return [*findings, Finding(name, False, words), *(Finding(later, None) for later, _attempt in steps[number:])]
    return findings


def want(account: AccountConfig, name: str, words: str) -> None:
    """Raise Failed with `words` where the account has no credential of this name."""
    if not account.credentials.get(name):
        raise Failed(words)
