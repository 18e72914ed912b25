"""What doors took and nobody could read, for those who see everything."""

import re
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _

from csplatform.common.errors import NotFound
from csplatform.common.text import one_line
from csplatform.desk.places import QUARANTINE, Place
from csplatform.gateway.models import DeliveryState, InboundDelivery
from csplatform.gateway.source import readable, with_start
from csplatform.people.models import User

PAGE = 40
MOST_ROWS = 200
# So much of the source stands in a row, and so much on the delivery's own page (bytes).
ROW_BYTES, SHOWN_BYTES = 300, 20_000
PLACE = Place(QUARANTINE)
_GIVEN_UP = re.compile(r"given up after \d+ attempts")
_NOT_STORED = re.compile(r"(?:InboundMessage|MessageEdited|MessageDeleted|Receipt|Reaction|Typing): \w+: ")
_CRASHED = re.compile(r"[A-Z]\w+: ")


@dataclass(frozen=True, slots=True)
class Row:
    """One delivery: why it is here in plain words, and how it begins."""

    delivery: Any
    why: str
    start: str

    @property
    def pk(self) -> int:
        """Its number."""
        return int(self.delivery.pk)

    @property
    def is_cut(self) -> bool:
        """Whether there is more than the page shows."""
        return bool(self.delivery.body_size > SHOWN_BYTES)


@dataclass(frozen=True, slots=True)
class Page:
    """Rows, the newest first; `after` leads to the next page and is empty on the last."""

    rows: list[Row]
    after: str


def quarantined(user: User) -> QuerySet[InboundDelivery]:
    """Return what is in quarantine. Raises NotFound for whoever does not see everything."""
    if not user.sees_everything:
        raise NotFound("the quarantine is not for everybody")
    rows = InboundDelivery.objects.filter(state=DeliveryState.QUARANTINED)
    return rows.select_related("account").defer("account__credentials", "account__settings", "account__cursor")


def read_page(user: User, query: QueryDict) -> Page:
    """Return the rows after `?after=`, else the first `?rows=` (an open list asks for as many as it shows)."""
    after, wanted = _number(query.get("after", "")), _number(query.get("rows", ""))
    size = PAGE if after else min(max(wanted or PAGE, PAGE), MOST_ROWS)
    rows = with_start(quarantined(user).defer("body", "headers", "query"), ROW_BYTES).order_by("-id")
    found = list((rows.filter(pk__lt=after) if after else rows)[: size + 1])
    page = [_row(delivery, one_line(readable(delivery.body_start), 120)) for delivery in found[:size]]
    return Page(page, str(page[-1].pk) if len(found) > size else "")


def the_delivery(user: User, pk: int) -> Row:
    """Return one delivery with the beginning of its source. Raises NotFound where it is not in quarantine."""
    delivery = with_start(quarantined(user), SHOWN_BYTES).filter(pk=pk).first()
    if delivery is None:
        raise NotFound("there is no such delivery in quarantine")
    return _row(delivery, readable(delivery.body_start))


def chosen(user: User, data: QueryDict) -> list[InboundDelivery]:
    """Return the deliveries that a submission names, as far as they are in quarantine."""
    ids = [number for number in map(_number, data.getlist("ids")[:MOST_ROWS]) if number]
    return list(quarantined(user).filter(pk__in=ids).defer("body").order_by("id"))


def _row(delivery: Any, start: str) -> Row:
    return Row(delivery, why(delivery.error), start)


def why(error: str) -> str:
    """Return in plain words why something was set aside; `error` is what the gateway wrote down."""
    if _GIVEN_UP.match(error):
        return _("Reading it was begun again and again and never came to an end.")
    if _NOT_STORED.match(error):
        return _("It was understood, but something in it could not be stored.")
    if _CRASHED.match(error):
        return _("Reading it failed in a way that nobody expected.")
    return _("It makes no sense as a message of this channel.")


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
