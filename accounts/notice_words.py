"""News in words: for each kind a mail's subject, one sentence, and what its link says.

A subject may be read over a shoulder on a locked phone: it names no matter and no place.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Words:
    """What is said of a kind of news.

    `day` is said before the day that the facts name as `due`; empty where there is none.
    """

    subject: Promise | str
    sentence: Promise | str
    link: Promise | str
    day: Promise | str = ""

    def said(self, facts: Mapping[str, Any]) -> str:
        """The sentence with the facts in it."""
        return str(self.sentence) % {"needed": facts.get("needed", "")}


READ_PETITION: Final = _("Read the petition")
SEE_MINE: Final = _("See my votes and statements")
KINDS: Final[Mapping[str, Words]] = {
    "petition.reached": Words(
        _("News from the council about a petition"),
        _(
            "Enough people have signed the petition. It is in the council's review queue, and it "
            "stays there whatever happens to the number of signatures."
        ),
        READ_PETITION,
        _("The council must answer by:"),
    ),
    "petition.answered": Words(
        _("The council has answered a petition"),
        _("The council has answered the petition. Its decision and its reasons are public."),
        _("Read the council's answer"),
    ),
    "petition.closed": Words(
        _("The time for signatures has ended"),
        _(
            "The time for signatures has ended before enough people had signed. The petition's "
            "page stays, with what was reached."
        ),
        READ_PETITION,
    ),
    "petition.withdrawn": Words(
        _("News about a petition that you follow"),
        _("Its creator has withdrawn the petition. Its page stays, marked as withdrawn."),
        READ_PETITION,
    ),
    "review.waiting": Words(
        _("A petition waits for your council's review"),
        _(
            "A petition to your council has reached its threshold of %(needed)s signatures and is "
            "in the review queue."
        ),
        _("Read it and check it out"),
        _("The council's answer is due by:"),
    ),
    "conversation.closed": Words(
        _("A conversation that you follow has closed"),
        _("The conversation has closed. What people think is on its opinion map and its report."),
        _("See the result"),
    ),
    "conversation.result": Words(
        _("Something has come of a conversation"),
        _("What came of a conversation in which you wrote a statement is on its page."),
        _("See what came of it"),
    ),
    "statement.accepted": Words(
        _("News about something that you wrote"),
        _("A moderator has accepted a statement of yours. Others can vote on it now."),
        SEE_MINE,
    ),
    "statement.rejected": Words(
        _("News about something that you wrote"),
        _("A moderator has rejected a statement of yours. The reason is on your own page."),
        SEE_MINE,
    ),
}
