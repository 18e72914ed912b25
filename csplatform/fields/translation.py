"""Which fields exist once per language (django-modeltranslation)."""

from modeltranslation.translator import TranslationOptions, register

from csplatform.fields.models import CustomField, FieldOption


@register(CustomField)
class CustomFieldTranslation(TranslationOptions):  # type: ignore[misc]  # ships no types
    fields = ("label",)


@register(FieldOption)
class FieldOptionTranslation(TranslationOptions):  # type: ignore[misc]
    fields = ("label",)
