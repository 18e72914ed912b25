"""The proofs, to be read and never changed."""

from django.contrib import admin

from csplatform.common.admin import ReadOnlyAdmin
from csplatform.privacy.models import Erasure


@admin.register(Erasure)
class ErasureAdmin(ReadOnlyAdmin):
    list_display = ("at", "kind", "by", "user", "subject")
    list_filter = ("kind", "by")
    list_select_related = ("user",)
    search_fields = ("subject",)
    fields = ("at", "kind", "by", "user", "subject", "counts")
    readonly_fields = fields
