"""What platforms delivered, above all what could not be understood. For administrators."""

import json
from collections.abc import Mapping
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from csplatform.common.admin import ReadOnlyAdmin, badge
from csplatform.common.text import one_line
from csplatform.gateway import services
from csplatform.gateway.models import DeliveryState, InboundDelivery
from csplatform.gateway.source import as_file, readable, with_start

PREVIEW_BYTES = 8192
STATE_COLOURS = {
    DeliveryState.WAITING: "info",
    DeliveryState.DONE: "success",
    DeliveryState.QUARANTINED: "danger",
    DeliveryState.DISCARDED: "",
}
# Headers and parameters whose value is itself the proof of who calls.
_SECRET_WORDS = ("authorization", "cookie", "password", "secret", "token")


@admin.register(InboundDelivery)
class InboundDeliveryAdmin(ReadOnlyAdmin):
    list_display = ("id", "received_at", "account", "state_badge", "events", "attempts", "reason")
    list_filter = ("state", "account")
    list_select_related = ("account",)
    actions = ("replay", "discard")
    change_form_outer_before_template = "gateway/delivery_actions.html"
    fieldsets = (
        (None, {"fields": ("account", "state", "received_at", "done_at", "events", "attempts", "error")}),
        (_("As it came"), {"fields": ("method", "shown_headers", "shown_query", "shown_body")}),
    )
    readonly_fields = ("shown_headers", "shown_query", "shown_body")

    def get_queryset(self, request: HttpRequest) -> QuerySet[InboundDelivery]:
        """Leave the bodies where they are: some are as large as mail can be."""
        return with_start(super().get_queryset(request), PREVIEW_BYTES)

    def get_urls(self) -> list[URLPattern]:
        download = self.admin_site.admin_view(self.download)
        return [path("<int:pk>/raw/", download, name="gateway_inbounddelivery_raw"), *super().get_urls()]

    def download(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Hand out the exact bytes, as a file that no browser opens in place."""
        delivery = InboundDelivery.objects.filter(pk=pk).first()
        if delivery is None or not self.has_view_permission(request, delivery):
            raise Http404
        return as_file(delivery, f"delivery-{pk}.bin")

    def has_repair_permission(self, request: HttpRequest) -> bool:
        """Whether they may replay and discard: administrators only."""
        return bool(request.user.is_superuser)

    @admin.action(description=_("Replay"), permissions=["repair"])
    def replay(self, request: HttpRequest, queryset: QuerySet[InboundDelivery]) -> None:
        """Unpack again; what was understood the first time is recognised and not stored twice."""
        count = services.replay(queryset)
        text = ngettext("%(count)d delivery is tried again.", "%(count)d deliveries are tried again.", count)
        self.message_user(request, text % {"count": count}, messages.SUCCESS)

    @admin.action(description=_("Discard"), permissions=["repair"])
    def discard(self, request: HttpRequest, queryset: QuerySet[InboundDelivery]) -> None:
        """Give up on what is quarantined; anything else selected stays as it is."""
        count = services.discard(queryset)
        text = ngettext("%(count)d delivery was discarded.", "%(count)d deliveries were discarded.", count)
        self.message_user(request, text % {"count": count}, messages.SUCCESS if count else messages.WARNING)

    @badge(STATE_COLOURS, description=_("state"), ordering="state")
    def state_badge(self, delivery: InboundDelivery) -> tuple[str, str]:
        return delivery.state, delivery.get_state_display()

    @admin.display(description=_("error"))
    def reason(self, delivery: InboundDelivery) -> str:
        return one_line(delivery.error, 80)

    @admin.display(description=_("headers"))
    def shown_headers(self, delivery: InboundDelivery) -> str:
        return _as_block(_lines(delivery.headers))

    @admin.display(description=_("query"))
    def shown_query(self, delivery: InboundDelivery) -> str:
        return _as_block(_lines(delivery.query))

    @admin.display(description=_("body"))
    def shown_body(self, delivery: Any) -> str:
        """Show the start of the body as text, with its size and a link to all of it."""
        address = reverse("admin:gateway_inbounddelivery_raw", args=[delivery.pk])
        size = ngettext("%d byte", "%d bytes", delivery.body_size) % delivery.body_size
        cut = gettext("only the start is shown") if delivery.body_size > PREVIEW_BYTES else ""
        link = format_html('<a class="raw-link" href="{}">{}</a>', address, _("Download"))
        return format_html("{} <p>{} {} · {}</p>", _as_block(readable(delivery.body_start)), size, cut, link)


def _lines(pairs: Mapping[str, Any]) -> str:
    return "\n".join(f"{name}: {_masked(name, value)}" for name, value in sorted(pairs.items()))


def _masked(name: str, value: Any) -> str:
    if any(word in name.lower() for word in _SECRET_WORDS):
        return "••••"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _as_block(text: str) -> str:
    return format_html('<pre class="raw-block" dir="auto" tabindex="0">{}</pre>', text or "—")
