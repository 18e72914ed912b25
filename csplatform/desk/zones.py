"""Which time it is where a customer is: by their own word, else by their number or their language's country."""

from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.utils import timezone

from csplatform.common import clock
from csplatform.contacts.models import Contact, Handle
from csplatform.gateway.contract import HandleKind

# Countries whose people share one time, or nearly: the calling code, the region in a language tag, the zone.
_COUNTRIES = (
    *(("20", "EG", "Africa/Cairo"), ("27", "ZA", "Africa/Johannesburg"), ("30", "GR", "Europe/Athens")),
    *(("31", "NL", "Europe/Amsterdam"), ("32", "BE", "Europe/Brussels"), ("33", "FR", "Europe/Paris")),
    *(("34", "ES", "Europe/Madrid"), ("36", "HU", "Europe/Budapest"), ("39", "IT", "Europe/Rome")),
    *(("40", "RO", "Europe/Bucharest"), ("41", "CH", "Europe/Zurich"), ("43", "AT", "Europe/Vienna")),
    *(("44", "GB", "Europe/London"), ("45", "DK", "Europe/Copenhagen"), ("46", "SE", "Europe/Stockholm")),
    *(("47", "NO", "Europe/Oslo"), ("48", "PL", "Europe/Warsaw"), ("49", "DE", "Europe/Berlin")),
    *(("51", "PE", "America/Lima"), ("54", "AR", "America/Argentina/Buenos_Aires"), ("57", "CO", "America/Bogota")),
    *(("58", "VE", "America/Caracas"), ("60", "MY", "Asia/Kuala_Lumpur"), ("63", "PH", "Asia/Manila")),
    *(("65", "SG", "Asia/Singapore"), ("66", "TH", "Asia/Bangkok"), ("81", "JP", "Asia/Tokyo")),
    *(("82", "KR", "Asia/Seoul"), ("84", "VN", "Asia/Ho_Chi_Minh"), ("86", "CN", "Asia/Shanghai")),
    *(("90", "TR", "Europe/Istanbul"), ("91", "IN", "Asia/Kolkata"), ("92", "PK", "Asia/Karachi")),
    *(("212", "MA", "Africa/Casablanca"), ("234", "NG", "Africa/Lagos"), ("254", "KE", "Africa/Nairobi")),
    *(("351", "PT", "Europe/Lisbon"), ("353", "IE", "Europe/Dublin"), ("358", "FI", "Europe/Helsinki")),
    *(("380", "UA", "Europe/Kyiv"), ("420", "CZ", "Europe/Prague"), ("852", "HK", "Asia/Hong_Kong")),
    *(("853", "MO", "Asia/Macau"), ("880", "BD", "Asia/Dhaka"), ("886", "TW", "Asia/Taipei")),
    *(("961", "LB", "Asia/Beirut"), ("962", "JO", "Asia/Amman"), ("964", "IQ", "Asia/Baghdad")),
    *(("965", "KW", "Asia/Kuwait"), ("966", "SA", "Asia/Riyadh"), ("971", "AE", "Asia/Dubai")),
    *(("972", "IL", "Asia/Jerusalem"), ("974", "QA", "Asia/Qatar")),
)
_BY_CODE = {code: zone for code, _region, zone in _COUNTRIES}
_BY_REGION = {region: zone for _code, region, zone in _COUNTRIES}
_BY_LANGUAGE = {"ja": "Asia/Tokyo", "ko": "Asia/Seoul"}


def presumed_zone(contact: Contact, handles: list[Handle]) -> tuple[str, bool]:
    """Return a contact's time zone, empty where nothing tells, and whether it is a guess."""
    if contact.timezone:
        return contact.timezone, False
    numbers = (handle.external_id.lstrip("+") for handle in handles if handle.kind == HandleKind.PHONE)
    guesses = [zone for number in numbers if (zone := _by_number(number))]
    region = contact.language.rpartition("-")[2]
    guesses += [zone for zone in (_BY_REGION.get(region), _BY_LANGUAGE.get(contact.language)) if zone]
    return (guesses[0], True) if guesses else ("", False)


def zone_of(name: str) -> ZoneInfo | None:
    """Return the time zone called `name`, None where it is unknown."""
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError):
        return None


def local_time(name: str) -> datetime | None:
    """Return the present time in the zone called `name`; None where it is unknown."""
    zone = zone_of(name)
    return timezone.localtime(clock.now(), zone) if zone else None


def _by_number(number: str) -> str | None:
    """Return the zone of a number in international form."""
    return next((_BY_CODE[number[:length]] for length in (3, 2) if number[:length] in _BY_CODE), None)
