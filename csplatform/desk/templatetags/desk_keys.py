"""The desk's commands, for its templates."""

from typing import Any

from django import template
from django.conf import settings
from django.utils.translation import get_language

from csplatform.desk import commands

register = template.Library()


@register.simple_tag
def all_commands() -> list[dict[str, Any]]:
    """Every command, as the scripts want it."""
    return commands.as_data(get_language() or settings.LANGUAGE_CODE)


@register.simple_tag
def key_sheet() -> list[tuple[str, list[tuple[str, list[list[str]]]]]]:
    """The commands that have keys, by heading."""
    return commands.by_group()
