"""What a template asks about the reader's language."""

from django import template
from django.utils.translation import get_language

from config import language

register = template.Library()


@register.simple_tag
def interface_language() -> str:
    """The language that the page's own words are in, for `<html lang>`."""
    return language.of_interface(get_language())
