"""Gives each form that votes an id of its own, so that sending it twice has one effect."""

from uuid import UUID, uuid4

from django import template

register = template.Library()


@register.simple_tag
def new_ballot_id() -> UUID:
    """An id for the ballot that the form beside it will be."""
    return uuid4()
