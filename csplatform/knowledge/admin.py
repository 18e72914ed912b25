"""Canned replies, system texts and the help centre, one tab for each language."""

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _
from modeltranslation.admin import TranslationAdmin
from modeltranslation.utils import build_localized_fieldname

from csplatform.common.admin import Admin
from csplatform.common.text import one_line
from csplatform.knowledge.models import Article, CannedReply, Category, Signature, SystemText
from csplatform.knowledge.rendering import to_html

LANGUAGE_NAMES = dict(settings.LANGUAGES)


def language_tabs(*fields: str) -> list[tuple[Any, dict[str, Any]]]:
    """Return one tabbed fieldset for each language texts are kept in, with `fields` in that language.

    The tabs are unfold's own: those of django-modeltranslation load scripts from other servers.
    """
    return [
        (
            LANGUAGE_NAMES[code],
            {"classes": ["tab"], "fields": [build_localized_fieldname(field, code) for field in fields]},
        )
        for code in settings.MODELTRANSLATION_LANGUAGES
    ]


def missing_languages(text: Any) -> str:
    """Return the languages that `text` has no body in, by their codes."""
    codes = settings.MODELTRANSLATION_LANGUAGES
    return ", ".join(code for code in codes if not getattr(text, build_localized_fieldname("body", code)))


class TranslatedAdmin(Admin, TranslationAdmin):  # type: ignore[misc]  # modeltranslation ships no types
    """The model's texts in tabs, and in the list which languages are missing."""

    @admin.display(description=_("missing languages"))
    def missing(self, text: Any) -> str:
        return missing_languages(text) or "—"

    @admin.display(description=_("text"))
    def start(self, text: Any) -> str:
        return one_line(text.body, 80)


@admin.register(CannedReply)
class CannedReplyAdmin(TranslatedAdmin):
    list_display = ("shortcut", "title", "start", "team", "missing", "updated_at")
    list_display_links = ("shortcut", "title")
    list_filter = ("team",)
    list_select_related = ("team",)
    search_fields = ("shortcut", *[f"title_{code.replace('-', '_')}" for code in settings.MODELTRANSLATION_LANGUAGES])
    fieldsets = [(None, {"fields": ("shortcut", "team")}), *language_tabs("title", "body")]


@admin.register(Signature)
class SignatureAdmin(TranslatedAdmin):
    list_display = ("__str__", "start", "missing", "updated_at")
    list_select_related = ("account",)
    fieldsets = [(None, {"fields": ("account",)}), *language_tabs("body")]


@admin.register(SystemText)
class SystemTextAdmin(TranslatedAdmin):
    list_display = ("key", "start", "missing", "updated_at")
    fieldsets = [(None, {"fields": ("key",)}), *language_tabs("subject", "body")]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody: an empty text is not said, and that is enough."""
        return False


@admin.register(Category)
class CategoryAdmin(TranslatedAdmin):
    list_display = ("name", "position")
    fieldsets = [(None, {"fields": ("position",)}), *language_tabs("name")]


@admin.register(Article)
class ArticleAdmin(TranslatedAdmin):
    list_display = ("title", "category", "position", "is_published", "missing", "helped", "not_helped", "updated_at")
    list_filter = ("is_published", "category")
    list_select_related = ("category",)
    search_fields = (
        "slug",
        *[build_localized_fieldname("title", code) for code in settings.MODELTRANSLATION_LANGUAGES],
    )
    prepopulated_fields = {"slug": ("title_en",)}
    readonly_fields = ("preview",)
    fieldsets = [
        (None, {"fields": ("slug", "category", "position", "is_published")}),
        *language_tabs("title", "summary", "body"),
        (_("Preview"), {"classes": ["tab"], "fields": ("preview",)}),
    ]

    @admin.display(description=_("As it was saved"))
    def preview(self, article: Article) -> SafeString | str:
        """Every language as customers read it."""
        texts = [
            (code, getattr(article, build_localized_fieldname("title", code)), to_html(body))
            for code in settings.MODELTRANSLATION_LANGUAGES
            if (body := getattr(article, build_localized_fieldname("body", code)))
        ]
        shown = [(code, title or "—", mark_safe(html)) for code, title, html in texts]  # noqa: S308  cleaned there
        return format_html_join("", '<section lang="{}" dir="auto"><h2>{}</h2>{}</section>', shown) or "—"
