"""What can be refused about a petition.

PetitionError
    NotFound
    NotEntitled
        SignInNeeded
        EmailNotVerified
        NotCreator
        NotClerk
        OwnPetition
    WordingRefused
    TooManyDrafts
    IllegalTransition
    PetitionClosed
    WithCouncil
    WordingChanged
    StaleVersion
    ReviewAnswered
    CheckedOut
    NotCheckedOut
    OutcomeRefused
"""

from typing import ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from petitions.transitions import Action, State


class PetitionError(Exception):
    """Something was refused: `code` for machines, `sentence` for the person who asked."""

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = 422
    default: ClassVar[str | Promise] = _("That could not be done.")

    def __init__(self, sentence: str | Promise | None = None) -> None:
        self.sentence = sentence or self.default
        super().__init__(str(self.sentence))


class NotFound(PetitionError):
    code = "not_found"
    status = 404
    default = _("There is no such petition.")


class NotEntitled(PetitionError):
    code = "not_entitled"
    status = 403


class SignInNeeded(NotEntitled):
    code = "sign_in_needed"
    default = _("Sign in first: a petition is signed by people with an account.")


class EmailNotVerified(NotEntitled):
    code = "email_not_verified"
    default = _("Confirm your e-mail address first. Nothing was counted.")


class NotCreator(NotEntitled):
    code = "not_creator"
    default = _("Only the person who wrote this petition may do that.")


class NotClerk(NotEntitled):
    code = "not_clerk"
    default = _("This review belongs to a council where you are not a clerk.")


class OwnPetition(NotEntitled):
    code = "own_petition"
    default = _("You wrote or signed this petition, so somebody else answers it.")


class WordingRefused(PetitionError):
    code = "wording_refused"
    default = _("A petition needs a title and a text, neither of them too long.")


class TooManyDrafts(PetitionError):
    code = "too_many_drafts"
    status = 429
    default = _("You have many drafts already. Open or withdraw one of them first.")


class IllegalTransition(PetitionError):
    """The petition's state does not allow the action."""

    code = "illegal_transition"
    status = 409
    because: ClassVar[dict[State, str | Promise]] = {
        State.DRAFT: _("This petition is still a draft, so that could not be done."),
        State.COLLECTING: _(
            "This petition is open for signatures and its text is fixed, so that could not be done."
        ),
        State.CLOSED: _("This petition is closed, so that could not be done."),
        State.WITHDRAWN: _("Its creator withdrew this petition, so that could not be done."),
    }

    def __init__(self, state: State, action: Action) -> None:
        self.state, self.action = state, action
        super().__init__(self.because[state])


class PetitionClosed(PetitionError):
    code = "closed"
    status = 409
    default = _("This petition is not open for signatures. Nothing was changed.")


class WithCouncil(PetitionError):
    code = "with_council"
    status = 409
    default = _(
        "Enough people have signed and the council must answer them, "
        "so this petition can no longer be withdrawn."
    )


class WordingChanged(PetitionError):
    code = "wording_changed"
    status = 409
    default = _(
        "The stored text is not the one that this petition opened with. "
        "Nobody can sign it until that is cleared up."
    )


class StaleVersion(PetitionError):
    code = "stale_version"
    status = 409
    default = _(
        "This has changed since you opened the page, in another window or by somebody else. "
        "Nothing was stored; look at it again."
    )


class ReviewAnswered(PetitionError):
    code = "review_answered"
    status = 409
    default = _("This petition has been answered already. Nothing was stored.")


class CheckedOut(PetitionError):
    code = "checked_out"
    status = 409
    default = _("Another clerk of the council is working on this review.")


class NotCheckedOut(PetitionError):
    code = "not_checked_out"
    status = 409
    default = _(
        "You have not checked this review out, or your time for it has run out. "
        "Nothing was stored; what you wrote is below. Check it out again first."
    )


class OutcomeRefused(PetitionError):
    code = "outcome_refused"
    default = _("Choose an outcome and give the council's reasons.")
