"""What menus offer."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from csplatform.common.errors import InvalidInput
from csplatform.common.languages import normalise_tag
from csplatform.desk.history import language_name

MORNING, EVENING = time(9), time(18)
MONDAY = 0
# What customers of many countries write; the conversation's own language is offered too, whatever it is.
OFFERED = (
    *("en", "zh-Hans", "zh-Hant", "es", "ja", "ar", "ko", "fr", "de", "pt", "it", "nl", "pl", "ru", "uk", "tr"),
    *("vi", "th", "id", "hi", "he", "fa"),
)


@dataclass(frozen=True, slots=True)
class Preset:
    """A moment to snooze until, in the agent's zone."""

    label: str
    until: datetime


def snooze_presets(now: datetime) -> list[Preset]:
    """Return the usual moments after `now`, which is in the agent's zone; this evening only while it is ahead."""
    tomorrow = now.date() + timedelta(days=1)
    monday = now.date() + timedelta(days=(MONDAY - now.weekday()) % 7 or 7)
    presets = [
        Preset(_("In one hour"), now + timedelta(hours=1)),
        Preset(_("In three hours"), now + timedelta(hours=3)),
        Preset(_("This evening"), datetime.combine(now.date(), EVENING, now.tzinfo)),
        Preset(_("Tomorrow morning"), datetime.combine(tomorrow, MORNING, now.tzinfo)),
        Preset(_("Next Monday"), datetime.combine(monday, MORNING, now.tzinfo)),
    ]
    return [preset for preset in presets if preset.until > now]


def later_presets(now: datetime) -> list[Preset]:
    """Return the usual moments to send an answer at, after `now`, which is in the agent's zone."""
    presets = [preset for preset in snooze_presets(now) if preset.until != now + timedelta(hours=3)]
    return list({preset.until: preset for preset in reversed(presets)}.values())[::-1]


def moment_in(text: str, field: str) -> datetime:
    """Read a moment; one without a zone is meant in the agent's. Raises InvalidInput, which names `field`."""
    try:
        moment = datetime.fromisoformat(text)
        return moment if moment.tzinfo else timezone.make_aware(moment)
    except (ValueError, OverflowError) as error:
        raise InvalidInput(_("Please give a date and a time."), field=field) from error


def languages(current: str) -> list[tuple[str, str]]:
    """Return languages as (tag, name), in the reader's order of names."""
    tags = dict.fromkeys([*OFFERED, *filter(None, [normalise_tag(current)])])
    return sorted(((tag, language_name(tag)) for tag in tags), key=lambda pair: pair[1].casefold())
