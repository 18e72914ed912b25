"""Loading the demo, once."""

from django.db import transaction

from csplatform.common import clock
from csplatform.flows.demo import company, stories
from csplatform.gateway.models import ChannelAccount
from csplatform.people.models import User
from csplatform.sla.defaults import ensure_default_policy
from csplatform.sla.sweep import sweep


def is_loaded() -> bool:
    """Return whether the demo has been loaded into this database before."""
    return User.objects.filter(email__in=[person.email for person in company.PEOPLE]).exists()


@transaction.atomic
def load() -> int:
    """Create the demo, all of it or nothing, and return how many conversations there are.

    Nothing is sent and nobody is rung: every reply is written down as taken by its platform.
    """
    after_commit = transaction.get_connection().run_on_commit
    rung_before = len(after_commit)
    ensure_default_policy()
    staff = company.found()
    told = stories.all_stories(clock.now())
    for story in told:
        stories.play(story, staff)
    sweep()
    # Hundreds of rings for workers and screens, about what is long past.
    del after_commit[rung_before:]
    return len(told)


def send_mail_to(port: int) -> None:
    """Let the demo's mailbox send to `port` of this machine, unless somebody has given it a real server."""
    mailbox = ChannelAccount.objects.filter(channel="email", address=company.MAILBOX).first()
    if mailbox and mailbox.settings.get("smtp_host") == company.LOOPBACK:
        mailbox.settings = mailbox.settings | {"smtp_port": port}
        mailbox.save(update_fields=["settings", "updated_at"])


def logins() -> str:
    """Return who can log in and how, for a person to read."""
    lines = [f"  {person.email:<26} {person.role.label} ({person.name})" for person in company.PEOPLE]
    return "\n".join([f"Log in with the password {company.PASSWORD} as", *lines])
