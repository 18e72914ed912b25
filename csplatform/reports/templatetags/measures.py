"""Writing measures for people."""

from datetime import timedelta

from django import template
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from csplatform.reports.measures import HitRate

register = template.Library()


@register.filter
def duration(value: timedelta | None) -> str:
    """Return a duration in its two largest units: “3 d 4 h”, “12 min 5 s”; a dash for none."""
    if value is None:
        return "—"
    seconds = round(value.total_seconds())
    units = [
        (86400, pgettext("duration", "%d d")),
        (3600, pgettext("duration", "%d h")),
        (60, pgettext("duration", "%d min")),
        (1, pgettext("duration", "%d s")),
    ]
    first = next((place for place, (size, _text) in enumerate(units) if seconds >= size), len(units) - 1)
    parts: list[str] = []
    for size, text in units[first : first + 2]:
        count, seconds = divmod(seconds, size)
        if count or not parts:
            parts.append(text % count)
    return " ".join(parts)


@register.filter
def rate(value: HitRate) -> str:
    """Return a share such as “92.5 %”; a dash where nothing was promised."""
    percent = value.percent
    return "—" if percent is None else _("%(percent)s %%") % {"percent": number_format(percent, 1)}
