"""Setting up channel accounts, and trying them out live."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.dataclasses import UnfoldAction
from unfold.decorators import action

from csplatform.common.admin import Admin
from csplatform.common.text import one_line
from csplatform.gateway import livetest, registry, selectors, tokens
from csplatform.gateway.contract import AccountField, Channel
from csplatform.gateway.entries import PREFIX
from csplatform.gateway.errors import UnknownChannel
from csplatform.gateway.forms import ChannelAccountForm, account_form
from csplatform.gateway.models import ChannelAccount

SAVE_AND_TEST = "gateway_channelaccount_save_and_test"
Fieldset = tuple[Any, dict[str, Any]]


def channel_label(slug: str) -> str:
    """Return the channel's name as people know it; its slug where no installed app has it."""
    try:
        return str(registry.channel_class(slug).label)
    except UnknownChannel:
        return slug


def in_words(error: str) -> str:
    """Return an account's last error in the reader's language, where it is one of the sentences we know."""
    return gettext(error) if error else ""


@admin.register(ChannelAccount)
class ChannelAccountAdmin(Admin):
    form = ChannelAccountForm
    list_display = ("name", "channel_name", "address", "team", "is_active", "last_event_at", "trouble")
    list_filter = ("is_active", "team")
    list_select_related = ("team",)
    search_fields = ("name", "address")
    # The channel of an account never changes: its handles and messages are of that channel.
    readonly_fields = ("channel_name",)
    actions_submit_line = ("save_and_test",)
    change_form_outer_before_template = "gateway/account_state.html"

    # The form ---------------------------------------------------------------------------------------------------

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = account_form(_slug(request, obj))
        return super().get_form(request, obj, change, **{"form": form, **kwargs})

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[Fieldset]:
        """Return the channel's own groups between what every account has."""
        entries = account_form(_slug(request, obj)).entries
        further = {"fields": ("secrets", "settings")}
        return [
            (None, {"fields": ("channel_name", "name", "address", "is_active")}),
            *_groups(entries, obj),
            (_("Answering"), {"fields": ("team", "default_language", "acknowledge")}),
            (_("Further values"), {**further, "classes": ("collapse",)}) if entries else (_("Connection"), further),
        ]

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Have the channel chosen first, then show its form."""
        slug = _slug(request, None)
        if slug not in {channel.slug for channel in registry.all_channels()}:
            return self._choose_channel(request)
        context = {"actions_submit_line": self.get_actions_submit_line(request, None)}
        page: HttpResponse = super().add_view(request, form_url, {**(extra_context or {}), **context})
        return page

    def _choose_channel(self, request: HttpRequest) -> HttpResponse:
        _want(self.has_add_permission(request))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": gettext("Which channel is the new account for?"),
            "channels": [(channel.slug, channel.label) for channel in registry.all_channels()],
        }
        return TemplateResponse(request, "gateway/choose_channel.html", context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        account = self.get_object(request, object_id)
        context = self._state(account) if account else {}
        page: HttpResponse = super().change_view(request, object_id, form_url, {**(extra_context or {}), **context})
        return page

    def _state(self, account: ChannelAccount) -> dict[str, Any]:
        """Return how the account is doing, for the top of its page."""
        channel = _channel(account.channel)
        return {
            "last_error": in_words(account.last_error),
            "token": tokens.expiry(account.credentials),
            "webhook": account.webhook_url() if channel and channel.abilities.called else "",
            "is_polled": channel is not None and channel.abilities.polled,
            "cursor": list(_places(account.cursor)),
            "backlogs": selectors.backlogs(account),
            "is_testable": _is_testable(account.channel),
        }

    # Testing ----------------------------------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        test = self.admin_site.admin_view(self.test)
        return [path("<int:pk>/test/", test, name="gateway_channelaccount_test"), *super().get_urls()]

    def test(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Offer to try the account's settings out; by POST, show what was found, as a page or (htmx) a part of it."""
        _want(self.has_change_permission(request))
        account = ChannelAccount.objects.filter(pk=pk).first()
        if account is None or not _is_testable(account.channel):
            raise Http404
        context: dict[str, Any] = {"account": account}
        if request.method == "POST":
            context["findings"] = livetest.run(account)
        if getattr(request, "htmx", False):
            return TemplateResponse(request, "gateway/findings.html", context)
        title = gettext("Test of %(name)s") % {"name": account.name}
        page = {"opts": self.opts, "title": title, "original": account}
        return TemplateResponse(
            request, "gateway/test.html", {**self.admin_site.each_context(request), **page, **context}
        )

    def get_actions_submit_line(self, request: HttpRequest, object_id: Any) -> list[UnfoldAction]:
        """Offer to test only where the channel can."""
        account = self.get_object(request, str(object_id)) if object_id else None
        offered: list[UnfoldAction] = super().get_actions_submit_line(request, object_id)
        return offered if _is_testable(_slug(request, account)) else []

    @action(description=_("Save and test"), icon="network_check")  # type: ignore[untyped-decorator]
    def save_and_test(self, request: HttpRequest, account: ChannelAccount) -> None:
        """A button that saves as any other; `response_add` and `response_change` then go on to the test."""

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: Any = None) -> HttpResponse:
        return self._to_test(request, obj) or super().response_add(request, obj, post_url_continue)

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        return self._to_test(request, obj) or super().response_change(request, obj)

    def _to_test(self, request: HttpRequest, account: ChannelAccount) -> HttpResponse | None:
        if SAVE_AND_TEST not in request.POST or not _is_testable(account.channel):
            return None
        return HttpResponseRedirect(reverse("admin:gateway_channelaccount_test", args=[account.pk]))

    # Columns ----------------------------------------------------------------------------------------------------

    @admin.display(description=_("channel"), ordering="channel")
    def channel_name(self, account: ChannelAccount) -> str:
        return channel_label(account.channel)

    @admin.display(description=_("last error"))
    def trouble(self, account: ChannelAccount) -> str:
        """The last error, or else that the account's token ends soon."""
        return one_line(in_words(account.last_error), 60) or _ending(account)


def _ending(account: ChannelAccount) -> str:
    token = tokens.expiry(account.credentials)
    if token is None or not token.is_near:
        return ""
    return gettext("The token has ended") if token.is_over else gettext("The token ends soon")


def _slug(request: HttpRequest, account: ChannelAccount | None) -> str:
    """Return the channel of an account, or the one chosen for a new one."""
    return account.channel if account else request.GET.get("channel", "")


def _channel(slug: str) -> type[Channel] | None:
    try:
        return registry.channel_class(slug)
    except UnknownChannel:
        return None


def _is_testable(slug: str) -> bool:
    channel = _channel(slug)
    return channel is not None and channel.abilities.check is not None


def _want(allowed: bool) -> None:
    if not allowed:
        raise PermissionDenied


def _groups(entries: Sequence[AccountField], account: ChannelAccount | None) -> list[Fieldset]:
    """Return a fieldset for each group, in the order of their first fields."""
    groups: dict[str, list[AccountField]] = {}
    for entry in entries:
        groups.setdefault(str(entry.group or _("Connection")), []).append(entry)
    return [(name, _group(members, account)) for name, members in groups.items()]


def _group(entries: Sequence[AccountField], account: ChannelAccount | None) -> dict[str, Any]:
    """Fold what most accounts do without, unless something of it is set."""
    kept = {*account.credentials, *account.settings} if account else set()
    is_folded = all(entry.rare for entry in entries) and not any(entry.name in kept for entry in entries)
    return {"fields": [PREFIX + entry.name for entry in entries], "classes": ("collapse",) if is_folded else ()}


def _places(cursor: Mapping[str, Any], name: str = "") -> Iterator[str]:
    """Say where reading stands, a line for each part of a cursor; only its channel knows what the words mean."""
    plain = {key: value for key, value in cursor.items() if not isinstance(value, Mapping)}
    if plain:
        words = ", ".join(f"{key} {value}" for key, value in plain.items())
        yield f"{name}: {words}" if name else words
    for key, value in cursor.items():
        if isinstance(value, Mapping):
            yield from _places(value, key)
