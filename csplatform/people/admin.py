"""Users and teams. Who may do what follows from the role alone, so groups and permissions have no page."""

from http import HTTPStatus
from typing import Any
from zoneinfo import available_timezones

from allauth.account.decorators import secure_admin_login
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminSelect2Widget, UnfoldAdminSelectWidget

from csplatform.common.admin import Admin, badge
from csplatform.people.models import AbsenceReason, Role, Team, User
from csplatform.people.services import access_changed

ROLE_COLOURS = {Role.AGENT: "info", Role.SUPERVISOR: "warning", Role.ADMINISTRATOR: "danger"}

# The one way in is the login page with its rate limits and second factor.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

for model in (Group, EmailAddress, Authenticator):
    admin.site.unregister(model)


class PersonForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    """Offers languages and time zones as choices instead of free text."""

    language = forms.ChoiceField(
        label=_("Language"),
        required=False,
        choices=lambda: [("", _("As the browser asks")), *settings.LANGUAGES],
        widget=UnfoldAdminSelectWidget,
    )
    timezone = forms.ChoiceField(
        label=_("Time zone"),
        initial="UTC",
        choices=lambda: [(name, name) for name in sorted(available_timezones())],
        widget=UnfoldAdminSelect2Widget,
    )


class PersonChangeForm(PersonForm, UserChangeForm):  # type: ignore[misc]  # unfold ships no types
    pass


class PersonCreationForm(PersonForm, UserCreationForm):  # type: ignore[misc]
    class Meta:
        model = User
        fields = ("email", "name", "role", "teams", "language", "timezone")


@admin.register(User)
class UserAdmin(DjangoUserAdmin, Admin):  # type: ignore[type-arg]  # generic in the stubs only
    form = PersonChangeForm
    add_form = PersonCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("name", "email", "role_badge", "team_names", "is_active", "last_login")
    list_display_links = ("name", "email")
    list_filter = ("role", "teams", "is_active")
    search_fields = ("name", "email")
    ordering = ("name",)
    filter_horizontal = ()
    autocomplete_fields = ("teams",)
    readonly_fields = ("last_login", "created_at")
    fieldsets = (
        (None, {"fields": ("name", "email", "password")}),
        (_("Work"), {"fields": ("role", "teams", "is_active")}),
        (_("Display"), {"fields": ("language", "timezone")}),
        (_("History"), {"fields": ("last_login", "created_at")}),
    )
    add_fieldsets = (
        (None, {"fields": ("name", "email", "password1", "password2")}),
        (_("Work"), {"fields": ("role", "teams")}),
        (_("Display"), {"fields": ("language", "timezone")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).prefetch_related("teams")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody: what people wrote keeps their name. Whoever leaves is made inactive."""
        return False

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Save, and let an old mail address no longer log in."""
        obj.email = obj.email.lower()
        super().save_model(request, obj, form, change)
        EmailAddress.objects.filter(user=obj).exclude(email__iexact=obj.email).delete()

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Save the teams, and let open screens show no more than the person may see by now."""
        super().save_related(request, form, formsets, change)
        access_changed([form.instance.pk])

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:  # noqa: A002
        """Set a person's password, which ends their sessions."""
        response = super().user_change_password(request, id, form_url)
        if response.status_code == HTTPStatus.FOUND:
            access_changed([int(id)])
        return response

    @badge(ROLE_COLOURS, description=_("role"), ordering="role")
    def role_badge(self, user: User) -> tuple[str, str]:
        return user.role, user.get_role_display()

    @admin.display(description=_("teams"))
    def team_names(self, user: User) -> str:
        return ", ".join(team.name for team in user.teams.all())


@admin.register(Team)
class TeamAdmin(Admin):
    list_display = ("name", "people", "created_at")
    search_fields = ("name",)
    fields = ("name",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Team]:
        active = Count("members", filter=Q(members__is_active=True))
        queryset: QuerySet[Team] = super().get_queryset(request)
        return queryset.annotate(people=active)

    @admin.display(description=_("active members"), ordering="people")
    def people(self, team: Any) -> int:
        return int(team.people)

    def delete_model(self, request: HttpRequest, obj: Team) -> None:
        """Delete a team: its members see less, or what is nobody's now."""
        members = list(obj.members.values_list("pk", flat=True))
        super().delete_model(request, obj)
        access_changed(members)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Team]) -> None:
        """Delete several teams, as one."""
        members = set(User.objects.filter(teams__in=queryset).values_list("pk", flat=True))
        super().delete_queryset(request, queryset)
        access_changed(members)


@admin.register(AbsenceReason)
class AbsenceReasonAdmin(Admin):
    list_display = ("name", "order", "is_active")
    list_editable = ("order", "is_active")
    search_fields = ("name",)
    fields = ("name", "order", "is_active")
