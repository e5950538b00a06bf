"""What can be refused in a conversation.

DeliberateError
    NotFound
    ConversationClosed
        KeyDestroyed
    ConversationOpen
    NotEntitled
        SignInNeeded
            CookieNeeded
            SessionEnded
        IdentityNeeded
            AssuranceNeeded
            ResidenceNeeded
            AgeNeeded
        ParticipantGone
        TakesPartThemselves
    StatementUnavailable
    BallotIdReused
    StatementRefused
        EmptyStatement
        StatementTooLong
        StatementDuplicate
        TooManyStatements
    IllegalStatementChange
    TranslationRefused
    StaleVersion
    TooFast
        TooOften
        TooManyNew
    TryLater
    BadFrame
"""

from typing import ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext


class DeliberateError(Exception):
    """Something was refused: `code` for machines, `sentence` for the person who asked."""

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = 422
    default: ClassVar[str | Promise] = _("That could not be done.")
    # Seconds until it is worth another try; 0: it will not be otherwise then.
    retry_after: int = 0

    def __init__(self, sentence: str | Promise | None = None) -> None:
        self.sentence = sentence or self.default
        super().__init__(str(self.sentence))


class NotFound(DeliberateError):
    code = "not_found"
    status = 404
    default = _("There is no such conversation.")


class ConversationClosed(DeliberateError):
    code = "closed"
    status = 409
    default = _("This conversation is closed. Your earlier votes are kept.")


class KeyDestroyed(ConversationClosed):
    default = _("Nobody can tell any more who cast which vote in this conversation.")


class ConversationOpen(DeliberateError):
    code = "open"
    status = 409
    default = _("The conversation is still open.")


class NotEntitled(DeliberateError):
    code = "not_entitled"
    status = 403
    default = _("You may not take part in this conversation.")


class SignInNeeded(NotEntitled):
    code = "sign_in_needed"
    default = _("This conversation is for people with an account. Sign in to take part.")


class CookieNeeded(SignInNeeded):
    """Anyone may take part, but nobody is told from another without a session."""

    default = _(
        "This browser keeps no cookie, so votes cannot be counted. Allow cookies for this site."
    )


class SessionEnded(SignInNeeded):
    default = _("You are signed out. Sign in again: your votes wait on this device.")


class IdentityNeeded(NotEntitled):
    code = "identity_needed"
    default = _("This conversation is for people whose identity has been verified.")


class AssuranceNeeded(IdentityNeeded):
    code = "assurance_needed"
    default = _(
        "This conversation asks for a surer proof of identity. Verify again with an identity card "
        "or in another way that is as sure, or at the council's counter."
    )


class ResidenceNeeded(IdentityNeeded):
    code = "residence_needed"
    default = _(
        "This conversation is for people who live in its place, and the proof of identity does "
        "not say so. Verify again in a way that tells where one lives, or at the council's counter."
    )


class AgeNeeded(IdentityNeeded):
    code = "age_needed"
    default = _(
        "This conversation is for people of 16 and older, and the proof of identity does not say "
        "so. Verify again in a way that tells the age, or at the council's counter."
    )


class ParticipantGone(NotEntitled):
    """Their account was erased while the ballot or the statement was on its way."""

    default = _("You take no part in this conversation any more. Nothing was counted.")


class TakesPartThemselves(NotEntitled):
    """A field worker asked to vote for somebody whose own votes must stay theirs.

    The sentence says nothing of the person: whose number it is may be in the room, or be nobody.
    """

    status = 409
    default = _(
        "Nothing can be entered for this person here, and nothing was counted. They can take part "
        "on a phone of their own."
    )


class StatementUnavailable(DeliberateError):
    code = "statement_unavailable"
    status = 409
    default = _("This statement can no longer be voted on. Nothing was counted.")


class BallotIdReused(DeliberateError):
    code = "ballot_id_reused"
    status = 422
    default = _("Another vote was sent under the same number. Nothing was counted.")


class StatementRefused(DeliberateError):
    code = "statement_refused"


class EmptyStatement(StatementRefused):
    code = "statement_empty"
    default = _("Write your statement first.")


class StatementTooLong(StatementRefused):
    """The text is longer than the conversation allows."""

    code = "statement_too_long"

    def __init__(self, *, length: int, limit: int) -> None:
        super().__init__(
            ngettext(
                "A statement here has at most %(limit)d character; yours has %(length)d. "
                "Make it shorter: one point only.",
                "A statement here has at most %(limit)d characters; yours has %(length)d. "
                "Make it shorter: one point only.",
                limit,
            )
            % {"limit": limit, "length": length}
        )


class StatementDuplicate(StatementRefused):
    """The same words stand there already, as statement `number`; None: nobody may see it yet."""

    code = "statement_duplicate"
    status = 409
    default = _("Somebody has said exactly this before. You can vote on their statement.")

    def __init__(self, *, number: int | None) -> None:
        self.number = number
        waits = _("Exactly this has been said already, and is waiting for the moderators.")
        super().__init__(waits if number is None else None)


class TooManyStatements(StatementRefused):
    code = "too_many_statements"
    status = 429
    default = _("You have written many statements in a short time. Try again in an hour.")
    retry_after = 3600


class IllegalStatementChange(DeliberateError):
    code = "illegal_change"
    status = 409
    default = _("The statement is in that state already.")


class TranslationRefused(DeliberateError):
    code = "translation_refused"
    default = _("A text is not translated into its own language.")


class StaleVersion(DeliberateError):
    code = "stale_version"
    status = 409
    default = _("Somebody else has changed this in the meantime. Look at it again.")


class TooFast(DeliberateError):
    code = "too_fast"
    status = 429
    default = _("That was too fast. Wait a moment and try again; nothing is lost.")
    retry_after = 2


class TooOften(TooFast):
    """Over a limit for longer than a moment (accounts/limits.py)."""

    def __init__(self, *, seconds: int) -> None:
        super().__init__()
        self.retry_after = seconds


class TooManyNew(TooFast):
    """Many people began to vote from one address, without accounts."""

    default = _(
        "Many people have begun to vote from your network just now. Try again in a minute; "
        "nothing is lost."
    )
    retry_after = 60


class TryLater(DeliberateError):
    """The database is away, full or read-only: nothing was stored, and nothing acknowledged."""

    code = "try_later"
    status = 503
    default = _("That could not be stored now. Try again in a moment.")
    retry_after = 2


class BadFrame(DeliberateError):
    code = "bad_frame"
    status = 400
    default = _("The message was not understood.")
