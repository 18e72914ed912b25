"""What every page of the admin has in common."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import unfold.admin
import unfold.decorators
from django.http import HttpRequest

Show = TypeVar("Show", bound=Callable[..., Any])


class Admin(unfold.admin.ModelAdmin):  # type: ignore[misc]  # unfold ships no types
    """A model's pages in the admin. The list never counts the whole table beside what it filtered."""

    show_full_result_count = False
    list_per_page = 50
    list_filter_submit = True
    warn_unsaved_form = True
    compressed_fields = True


class ReadOnlyAdmin(Admin):
    """Pages that show rows and never change one: their changes belong to flows, which write history."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnlyInline(unfold.admin.TabularInline):  # type: ignore[misc]  # unfold ships no types
    """Rows shown inside another row's page, never changed there."""

    extra = 0
    hide_title = True
    can_delete = False
    show_change_link = True
    per_page = 25

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def badge(colours: Mapping[Any, str], *, description: Any, ordering: str = "") -> Callable[[Show], Show]:
    """Show a column as a coloured label: the method returns (value, text), `colours` names unfold's variants."""
    decorate: Callable[[Show], Show] = unfold.decorators.display(
        label=dict(colours), description=description, ordering=ordering or None
    )
    return decorate
