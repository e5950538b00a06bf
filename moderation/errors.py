"""What can be refused in moderation.

DeliberateError
    ModerationError
        NotReportable
        TooManyReports
        ConflictOfInterest
        DecidedBefore
        NotModerator
        IllegalDecision
        NothingReported
        ReasonMissing
        ExplanationTooShort

A decision on something that has changed raises the conversation's own StaleVersion.
"""

from django.utils.translation import gettext_lazy as _

from deliberate.errors import DeliberateError


class ModerationError(DeliberateError):
    """A report or a decision was refused."""


class NotReportable(ModerationError):
    code = "not_reportable"
    status = 409
    default = _("This statement is no longer shown, so there is nothing to report.")


class TooManyReports(ModerationError):
    code = "too_many_reports"
    status = 429
    default = _("You have reported many statements in a short time. Try again in an hour.")


class ConflictOfInterest(ModerationError):
    code = "conflict_of_interest"
    status = 403
    default = _("You wrote or reported this statement, so another moderator must decide about it.")


class DecidedBefore(ModerationError):
    code = "decided_before"
    status = 403
    default = _("You have decided about this statement, so somebody else hears the appeal.")


class NotModerator(ModerationError):
    code = "not_moderator"
    status = 403
    default = _("That is decided by people with another role.")


class IllegalDecision(ModerationError):
    code = "illegal_decision"
    status = 409
    default = _("That cannot be decided in the state the statement is in now.")


class NothingReported(ModerationError):
    code = "nothing_reported"
    status = 409
    default = _("There is no open report on this statement, so there is nothing to decide.")


class ReasonMissing(ModerationError):
    code = "reason_missing"
    default = _("Choose the reason. The author sees it, and so does everyone in the public log.")


class ExplanationTooShort(ModerationError):
    code = "explanation_too_short"
    default = _("Explain the decision to the author in at least a few words.")
