"""What every page needs around its content: languages, direction, the reader's desks."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.forms.renderers import TemplatesSetting
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import get_language, get_language_bidi, get_language_info

from accounts import permissions
from config import desks, device, eid, language, lite


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

    def _may(self, action: str) -> bool:
        seat = {permissions.CLERK} if self._desks.has_seat else set()
        return bool(permissions.granting(action, self._desks.roles | seat))

    @property
    def has_moderation(self) -> bool:
        """Whether the moderators' desk is open to them."""
        return self._may("moderation.read")

    @property
    def has_translations(self) -> bool:
        """Whether the translators' pages are open to them."""
        return self._may("translation.read")

    @property
    def has_council(self) -> bool:
        """Whether a council's queue is open to them."""
        return self._may("review.read")

    @property
    def has_eid(self) -> bool:
        """Whether a state's own sign-in leads here."""
        return eid.is_offered()

    @property
    def may_assist(self) -> bool:
        """Whether the field workers' pages are theirs."""
        return self._may("assistance.record")

    @property
    def is_overseer(self) -> bool:
        """Whether the overseers' page is theirs."""
        return self._may("oversight.open")

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
