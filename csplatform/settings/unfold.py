"""How the admin (django-unfold) looks, and what its sidebar leads to."""

from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _


def _is_administrator(request: HttpRequest) -> bool:
    return bool(getattr(request.user, "is_superuser", False))


def _item(title: Any, icon: str, link: str, *, administrators: bool = False) -> dict[str, Any]:
    item: dict[str, Any] = {"title": title, "icon": icon, "link": reverse_lazy(link)}
    return item | ({"permission": _is_administrator} if administrators else {})


def _list(title: Any, icon: str, model: str, *, administrators: bool = False) -> dict[str, Any]:
    return _item(title, icon, f"admin:{model}_changelist", administrators=administrators)


# The desk's teal (desk/tokens.css), from a wash to nearly black.
_SHADES = ("50", "100", "200", "300", "400", "500", "600", "700", "800", "900", "950")
_LIGHTNESS = (97.5, 95.0, 90.0, 84.0, 77.0, 60.0, 45.5, 39.0, 33.5, 28.5, 21.0)
_CHROMA = (0.012, 0.022, 0.04, 0.06, 0.085, 0.085, 0.075, 0.07, 0.055, 0.045, 0.035)
_HUE = 208

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "csplatform",
    "SITE_HEADER": "csplatform",
    "SITE_SUBHEADER": _("Administration"),
    "SITE_ICON": lambda request: static("desk/icon.svg"),
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("desk/icon.svg")}],
    "SITE_URL": "/",
    "SHOW_LANGUAGES": True,
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "BORDER_RADIUS": "8px",
    "STYLES": [lambda request: static("common/admin.css")],
    "SCRIPTS": [lambda request: static("common/admin.js")],
    "COLORS": {
        "primary": {
            shade: f"oklch({lightness}% {chroma} {_HUE})"
            for shade, lightness, chroma in zip(_SHADES, _LIGHTNESS, _CHROMA, strict=True)
        }
    },
    "SIDEBAR": {
        "show_search": True,
        "show_all_applications": False,
        "navigation": [
            {
                "title": _("Work"),
                "items": [
                    {"title": _("Desk"), "icon": "inbox", "link": "/", "active": False},
                    _item(_("Performance"), "monitoring", "performance"),
                ],
            },
            {
                "title": _("Conversations"),
                "separator": True,
                "items": [
                    _list(_("Conversations"), "forum", "conversations_conversation"),
                    _list(_("Messages"), "chat_bubble", "conversations_message"),
                    _list(_("Outbox"), "outgoing_mail", "conversations_dispatch"),
                    _list(_("Tags"), "sell", "conversations_tag"),
                ],
            },
            {
                "title": _("Customers"),
                "separator": True,
                "items": [
                    _list(_("Contacts"), "contacts", "contacts_contact"),
                    _list(_("Handles"), "alternate_email", "contacts_handle"),
                    _list(_("Organisations"), "apartment", "contacts_organisation"),
                    _list(_("Erasures"), "delete_forever", "privacy_erasure", administrators=True),
                ],
            },
            {
                "title": _("Texts"),
                "separator": True,
                "items": [
                    _list(_("Articles"), "menu_book", "knowledge_article"),
                    _list(_("Categories"), "category", "knowledge_category"),
                    _list(_("Canned replies"), "quickreply", "knowledge_cannedreply"),
                    _list(_("System texts"), "smart_toy", "knowledge_systemtext"),
                ],
            },
            {
                "title": _("Rules"),
                "separator": True,
                "items": [
                    _list(_("Screening"), "shield", "automation_screeningrule"),
                    _list(_("Custom fields"), "list_alt", "fields_customfield"),
                ],
            },
            {
                "title": _("Deadlines"),
                "separator": True,
                "items": [
                    _list(_("SLA policies"), "timer", "sla_policy"),
                    _list(_("Calendars"), "calendar_month", "sla_calendar"),
                    _list(_("Calendars of teams"), "edit_calendar", "sla_teamcalendar"),
                    _list(_("Clocks"), "hourglass_top", "sla_clock"),
                    _list(_("Escalations"), "notification_important", "sla_escalation"),
                ],
            },
            {
                "title": _("Channels"),
                "separator": True,
                "items": [
                    _list(_("Channel accounts"), "hub", "gateway_channelaccount", administrators=True),
                    _list(_("Inbound deliveries"), "move_to_inbox", "gateway_inbounddelivery", administrators=True),
                ],
            },
            {
                "title": _("People"),
                "separator": True,
                "items": [
                    _list(_("Users"), "person", "people_user", administrators=True),
                    _list(_("Teams"), "groups", "people_team", administrators=True),
                    _list(_("Reasons for absence"), "free_breakfast", "people_absencereason", administrators=True),
                    _list(_("API tokens"), "key", "authtoken_tokenproxy", administrators=True),
                ],
            },
        ],
    },
}
