"""What every page needs around its content: languages, direction, the reader's desks."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.forms.renderers import TemplatesSetting
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import get_language, get_language_bidi, get_language_info

from accounts.models import Role
from accounts.roles import has_role
from petitions import councils


class FormRenderer(TemplatesSetting):
    """Forms use the site's own templates where it has them."""


@dataclass(frozen=True)
class Page:
    """The frame around a page's content, worked out only as far as the template asks."""

    request: HttpRequest
    site_name = "Deliberate"

    @property
    def direction(self) -> str:
        """Which way the reader's language runs."""
        return "rtl" if get_language_bidi() else "ltr"

    @property
    def languages(self) -> list[dict[str, Any]]:
        """The languages to choose from, each with its own name and a plain link."""
        here = get_language()
        return [
            {
                "code": code,
                "name": get_language_info(code)["name_local"],
                "url": f"{reverse('language', args=[code])}?{self._back}",
                "current": code == here,
            }
            for code, _name in settings.LANGUAGES
        ]

    @cached_property
    def is_moderator(self) -> bool:
        """Whether the moderators' desk is theirs."""
        return has_role(self.request.user, Role.MODERATOR)

    @cached_property
    def is_clerk(self) -> bool:
        """Whether a council's queue is theirs."""
        return councils.seats_of(self.request.user).exists()

    @property
    def _back(self) -> str:
        back = self.request.get_full_path() if self.request.method == "GET" else self.request.path
        return urlencode({"next": back})


def page(request: HttpRequest) -> dict[str, Any]:
    """The context processor."""
    return {"page": Page(request)}
