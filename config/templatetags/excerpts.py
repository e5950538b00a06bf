"""How a template shortens a text, whether its script has spaces or not."""

from django import template

from config import excerpts

register = template.Library()
register.filter("beginning", excerpts.beginning)
