"""Custom fields, their labels in every language."""

from typing import Any, ClassVar

import unfold.admin
from django.contrib import admin
from django.http import HttpRequest
from modeltranslation.admin import TranslationAdmin, TranslationTabularInline

from csplatform.common.admin import Admin
from csplatform.fields.models import CustomField, FieldOption
from csplatform.knowledge.admin import language_tabs


class OptionInline(unfold.admin.TabularInline, TranslationTabularInline):  # type: ignore[misc]  # ship no types
    model = FieldOption
    extra = 0
    hide_title = True


@admin.register(CustomField)
class CustomFieldAdmin(Admin, TranslationAdmin):  # type: ignore[misc]  # modeltranslation ships no types
    list_display = ("label", "key", "target", "kind", "required_to_resolve", "position", "is_active")
    list_filter = ("target", "kind", "is_active")
    inlines: ClassVar = (OptionInline,)
    fieldsets: ClassVar = [
        (None, {"fields": ("target", "key", "kind", "required_to_resolve", "position", "is_active")}),
        *language_tabs("label"),
    ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """What values are kept by, and as, stays as it is."""
        return ("target", "key", "kind") if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody: a field that is no longer wanted is switched off, and its values stay readable."""
        return False
