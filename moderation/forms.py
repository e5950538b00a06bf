"""The forms of moderation: a report by anyone, a decision by a moderator."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from moderation import errors
from moderation.decisions import REASONS, SHORTEST_EXPLANATION
from moderation.models import Decision
from moderation.reasons import REJECTION, Restoration

LARGEST_VERSION = 2**31 - 1
REASON_CHOICES = {
    Decision.Action.REJECT: REJECTION,
    Decision.Action.RESTORE: Restoration.choices,
}


class ReportForm(forms.Form):
    """Why somebody thinks that a statement breaks a rule."""

    reason = forms.ChoiceField(
        label=_("What is wrong with it?"), choices=REJECTION, widget=forms.RadioSelect
    )
    explanation = forms.CharField(
        label=_("In your own words"),
        help_text=_("Only moderators read this. Leave out details about yourself."),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "dir": "auto"}),
    )


class DecisionForm(forms.Form):
    """A decision that needs no more than the version of the statement that was seen."""

    action = forms.CharField(widget=forms.HiddenInput)
    version = forms.IntegerField(min_value=0, max_value=LARGEST_VERSION, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, action: Decision.Action, **options: Any) -> None:
        super().__init__(data, auto_id=f"{action}_%s", **options)
        self.decision = action


class ReasonedDecisionForm(DecisionForm):
    """Rejecting or restoring: with the reason for everyone and words for the author."""

    reason = forms.ChoiceField(
        label=_("Reason"),
        help_text=_("It appears in the public log."),
        error_messages={"required": errors.ReasonMissing.default},
    )
    explanation = forms.CharField(
        label=_("Explanation to the author"),
        help_text=_("Say which words are meant, and what could be written instead."),
        min_length=SHORTEST_EXPLANATION,
        max_length=2000,
        error_messages={
            "required": errors.ExplanationTooShort.default,
            "min_length": errors.ExplanationTooShort.default,
        },
        widget=forms.Textarea(attrs={"rows": 5, "dir": "auto"}),
    )

    def __init__(self, data: Any = None, *, action: Decision.Action, **options: Any) -> None:
        super().__init__(data, action=action, **options)
        offered = cast(forms.ChoiceField, self.fields["reason"])
        offered.choices = [("", _("Choose a reason")), *REASON_CHOICES[action]]
        if action == Decision.Action.RESTORE:
            self.fields["explanation"].label = _("Why it comes back")
            self.fields["explanation"].help_text = _("It stays with the statement's history.")


def decision_form(
    action: Decision.Action, data: Any = None, *, initial: dict[str, Any] | None = None
) -> DecisionForm:
    """The form for that action."""
    kind = ReasonedDecisionForm if action in REASONS else DecisionForm
    return kind(data, action=action, initial={"action": action.value, **(initial or {})})
