"""Which fields exist once per language (django-modeltranslation)."""

from modeltranslation.translator import TranslationOptions, register

from csplatform.knowledge.models import Article, CannedReply, Category, Signature, SystemText


@register(CannedReply)
class CannedReplyTranslation(TranslationOptions):  # type: ignore[misc]  # ships no types
    fields = ("title", "body")


@register(Signature)
class SignatureTranslation(TranslationOptions):  # type: ignore[misc]
    fields = ("body",)


@register(SystemText)
class SystemTextTranslation(TranslationOptions):  # type: ignore[misc]
    fields = ("subject", "body")


@register(Category)
class CategoryTranslation(TranslationOptions):  # type: ignore[misc]
    fields = ("name",)


@register(Article)
class ArticleTranslation(TranslationOptions):  # type: ignore[misc]
    fields = ("title", "summary", "body", "folded")
