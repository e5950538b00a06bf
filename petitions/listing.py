"""The list of petitions that a reader asks for: which ones, with which words, which page."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from deliberate.statements import tidy
from petitions.models import Petition, PetitionQuerySet

PETITIONS_A_PAGE: Final = 20
LONGEST_SEARCH: Final = 100
FIRST: Final = "collecting"
MINE: Final = "mine"

VIEWS: Final[Mapping[str, tuple[str | Promise, Callable[[], PetitionQuerySet]]]] = {
    FIRST: (_("Collecting signatures"), Petition.objects.collecting),
    "council": (_("With the council"), Petition.objects.with_council),
    "answered": (_("Answered"), Petition.objects.answered),
    "all": (_("All"), Petition.objects.public),
}


@dataclass(frozen=True)
class Listing:
    """One page of petitions, and how to get to the others."""

    show: str
    words: str
    page: Page[Petition]
    tabs: list[dict[str, object]]

    @property
    def previous_query(self) -> str:
        """The address of the page before, empty on the first."""
        return self._query(self.page.number - 1) if self.page.has_previous() else ""

    @property
    def next_query(self) -> str:
        """The address of the next page, empty on the last."""
        return self._query(self.page.number + 1) if self.page.has_next() else ""

    def _query(self, number: int) -> str:
        return urlencode({"show": self.show, "q": self.words, "page": number})


def asked_for(query: QueryDict, *, user: object) -> Listing:
    """What the address asks for; whatever it does not understand it leaves out."""
    person = user if isinstance(user, User) else None
    show = query.get("show", FIRST)
    if person is not None and show == MINE:
        rows = Petition.objects.of_creator(person)
    else:
        show = show if show in VIEWS else FIRST
        rows = VIEWS[show][1]()
    words = tidy(query.get("q", ""))[:LONGEST_SEARCH]
    if words:
        rows = rows.with_words(words)
    return Listing(
        show=show,
        words=words,
        page=Paginator(rows, PETITIONS_A_PAGE).get_page(query.get("page")),
        tabs=_tabs(show, words, signed_in=person is not None),
    )


def _tabs(show: str, words: str, *, signed_in: bool) -> list[dict[str, object]]:
    names = {code: name for code, (name, _rows) in VIEWS.items()}
    if signed_in:
        names[MINE] = _("Written by me")
    return [
        {
            "name": name,
            "query": urlencode({"show": code, "q": words} if words else {"show": code}),
            "current": code == show,
        }
        for code, name in names.items()
    ]
