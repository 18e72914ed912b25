"""Contacts, their handles and organisations. Merging is done at the desk, where both sides are seen."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from csplatform.common.admin import Admin, ReadOnlyAdmin, ReadOnlyInline, badge
from csplatform.common.doorbell import ring
from csplatform.contacts.models import Contact, Handle, Organisation, Tier

TIER_COLOURS = {Tier.STANDARD: "", Tier.PREMIUM: "info", Tier.VIP: "warning"}


class HandleInline(ReadOnlyInline):
    model = Handle
    fields = ("account", "kind", "external_id", "name")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Handle]:
        handles: QuerySet[Handle] = super().get_queryset(request)
        return handles.select_related("account")


@admin.register(Contact)
class ContactAdmin(Admin):
    list_display = ("display_name", "language", "tier_badge", "organisation", "is_blocked", "created_at")
    list_filter = ("tier", "is_blocked", "language", "organisation")
    list_select_related = ("organisation",)
    search_fields = ("name", "handles__external_id", "handles__name")
    search_help_text = _("Name, address or number")
    readonly_fields = ("merged_into", "created_at")
    autocomplete_fields = ("organisation",)
    inlines = (HandleInline,)
    fieldsets = (
        (None, {"fields": ("name", "language", "timezone", "tier", "organisation", "is_blocked")}),
        (_("History"), {"fields": ("merged_into", "created_at")}),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody: a contact comes into being when somebody writes."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody: conversations keep their contact."""
        return False

    def save_model(self, request: HttpRequest, obj: Contact, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if "tier" in form.changed_data:
            ring("csplatform.flows.tasks.tier_changed", obj.pk)

    @admin.display(description=_("name"), ordering="name")
    def display_name(self, contact: Contact) -> str:
        return str(contact)

    @badge(TIER_COLOURS, description=_("tier"), ordering="tier")
    def tier_badge(self, contact: Contact) -> tuple[str, str]:
        return contact.tier, contact.get_tier_display()


@admin.register(Handle)
class HandleAdmin(ReadOnlyAdmin):
    list_display = ("external_id", "name", "kind", "account", "contact", "created_at")
    list_filter = ("kind", "account")
    list_select_related = ("account", "contact")
    search_fields = ("external_id", "name")


@admin.register(Organisation)
class OrganisationAdmin(Admin):
    list_display = ("name", "people", "created_at")
    search_fields = ("name",)
    fields = ("name",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Organisation]:
        organisations: QuerySet[Organisation] = super().get_queryset(request)
        return organisations.annotate(people=Count("contact"))

    @admin.display(description=_("contacts"), ordering="people")
    def people(self, organisation: Any) -> int:
        return int(organisation.people)
