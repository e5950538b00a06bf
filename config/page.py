"""What every page needs around its content: languages, direction, the reader's desks."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.forms.renderers import TemplatesSetting
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import get_language, get_language_bidi, get_language_info

from accounts.models import Role
from config import desks, device, language, lite


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
            for code in (row.code for row in language.offered())
        ]

    @property
    def is_lite(self) -> bool:
        """Whether the reader gets no pictures and no live line."""
        return lite.is_on(self.request)

    @property
    def is_shared_phone(self) -> bool:
        """Whether nothing may be kept on the reader's phone."""
        return device.is_shared(self.request)

    @cached_property
    def _desks(self) -> desks.Desks:
        # The database takes no character zero, and no page that is followed has one.
        return desks.of(self.request.user, path=self.request.path.replace("\0", ""))

    @property
    def is_moderator(self) -> bool:
        """Whether the moderators' desk is theirs."""
        return Role.MODERATOR in self._desks.roles

    @property
    def may_translate(self) -> bool:
        """Whether the translators' pages are theirs."""
        return bool(self._desks.roles & {Role.FACILITATOR, Role.MODERATOR})

    @property
    def is_clerk(self) -> bool:
        """Whether a council's queue is theirs."""
        return self._desks.is_clerk

    @property
    def is_followed(self) -> bool:
        """Whether they asked to be told what becomes of this page."""
        return self._desks.follows

    @property
    def unread(self) -> int:
        """How much news they have not seen."""
        return self._desks.unread

    @property
    def _back(self) -> str:
        back = self.request.get_full_path() if self.request.method == "GET" else self.request.path
        return urlencode({"next": back})


def page(request: HttpRequest) -> dict[str, Any]:
    """The context processor."""
    return {"page": Page(request)}
