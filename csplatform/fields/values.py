"""Values of custom fields: what was typed, what is kept, what is shown."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlsplit

from babel.dates import format_date
from babel.numbers import format_decimal
from django.utils.translation import get_language, to_locale
from django.utils.translation import gettext as _

from csplatform.common.errors import InvalidInput
from csplatform.common.text import one_line, without_nul
from csplatform.fields.models import CustomField, Kind

LONGEST = {Kind.TEXT: 500, Kind.LONG_TEXT: 10_000, Kind.LINK: 2000}
# Digits that a number keeps as JSON in every program that reads it.
MOST_DIGITS = 15
Value = str | int | float | bool | None


def read(field: CustomField, raw: object) -> Value:
    """Return what is kept for `raw`, as it was typed or came by the API; None for nothing. Raises InvalidInput."""
    if raw is None or (isinstance(raw, str) and not raw.strip()):
        return None
    return _READ[Kind(field.kind)](field, raw)


def shown(field: CustomField, value: Any) -> str:
    """Return a kept value in the reader's language; empty for nothing."""
    if value is None or value == "":
        return ""
    locale = to_locale(get_language() or "en")
    match field.kind:
        case Kind.SWITCH:
            return _("Yes") if value else _("No")
        case Kind.CHOICE:
            return next((str(option) for option in field.options.all() if option.value == value), str(value))
        case Kind.NUMBER:
            return str(format_decimal(value, locale=locale))
        case Kind.DATE:
            return str(format_date(date.fromisoformat(value), "medium", locale=locale))
    return str(value)


def _refused(field: CustomField, words: str) -> InvalidInput:
    return InvalidInput(f"{field}: {words}", field=field.key)


def _text(field: CustomField, raw: object) -> str:
    if not isinstance(raw, str):
        raise _refused(field, _("This is no text."))
    text = without_nul(raw).replace("\r\n", "\n").strip()
    if len(text) > LONGEST[Kind(field.kind)]:
        raise _refused(field, _("At most %(most)d characters.") % {"most": LONGEST[Kind(field.kind)]})
    return one_line(text, len(text) + 1) if field.kind == Kind.TEXT else text


def _number(field: CustomField, raw: object) -> int | float:
    try:
        number = Decimal(str(raw).strip()) if not isinstance(raw, bool) else Decimal("NaN")
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or len(number.as_tuple().digits) > MOST_DIGITS or abs(number) >= 10**MOST_DIGITS:
        raise _refused(field, _("This is no number of at most 15 digits."))
    return int(number) if number == number.to_integral_value() else float(number)


def _date(field: CustomField, raw: object) -> str:
    try:
        return date.fromisoformat(str(raw).strip()).isoformat()
    except ValueError:
        raise _refused(field, _("This is no date.")) from None


def _switch(field: CustomField, raw: object) -> bool:
    words: dict[object, bool] = {True: True, False: False, "true": True, "false": False}
    if isinstance(raw, bool | str) and raw in words:
        return words[raw]
    raise _refused(field, _("It is either yes or no."))


def _choice(field: CustomField, raw: object) -> str:
    if any(option.value == raw for option in field.options.all()):
        return str(raw)
    raise _refused(field, _("Please choose one from the list."))


def _link(field: CustomField, raw: object) -> str:
    text = _text(field, raw)
    try:
        parts = urlsplit(text)
    except ValueError:
        raise _refused(field, _("This is no address that begins with http.")) from None
    if parts.scheme not in {"http", "https"} or not parts.hostname or any(sign.isspace() for sign in text):
        raise _refused(field, _("This is no address that begins with http."))
    return text


_READ: dict[Kind, Callable[[CustomField, object], Value]] = {
    Kind.TEXT: _text,
    Kind.LONG_TEXT: _text,
    Kind.NUMBER: _number,
    Kind.DATE: _date,
    Kind.SWITCH: _switch,
    Kind.CHOICE: _choice,
    Kind.LINK: _link,
}
