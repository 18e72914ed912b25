"""Public holidays of countries and their regions, as the `holidays` library knows them. No Django, no database.

A year is worked out when it is first asked for, and kept.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import holidays

_ENGLISH = "en_US"


@dataclass(frozen=True, slots=True)
class PublicHolidays:
    """The holidays of a country (ISO 3166-1) or of one of its regions (ISO 3166-2, without the country)."""

    country: str
    region: str = ""

    def in_year(self, year: int, locale: str = _ENGLISH) -> Mapping[date, str]:
        """The holidays of a year with their names in a locale such as `zh_CN`, or else in English."""
        return _in_year(self.country, self.region, year, locale)

    def name_of(self, day: date, locale: str = _ENGLISH) -> str | None:
        """What is celebrated on `day`; None where it is no holiday."""
        return self.in_year(day.year, locale).get(day)


@lru_cache
def regions_by_country() -> Mapping[str, frozenset[str]]:
    """Every country the library knows, with its regions."""
    known = holidays.list_supported_countries(include_aliases=False)
    return {country: frozenset(regions) for country, regions in known.items()}


@lru_cache(maxsize=1024)
def _in_year(country: str, region: str, year: int, locale: str) -> Mapping[date, str]:
    return dict(holidays.country_holidays(country, subdiv=region or None, years=year, language=locale))
