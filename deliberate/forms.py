"""The forms of a conversation's page."""

from typing import Final
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from deliberate.frames import CHOICES, LARGEST_NUMBER, as_uuid

# What a form sends in the place of a choice to take a vote back.
TAKE_BACK: Final = "take-back"


class VoteForm(forms.Form):
    """One vote by the buttons of the page, or one taken back."""

    statement = forms.IntegerField(min_value=0, max_value=LARGEST_NUMBER)
    choice = forms.ChoiceField(choices=[(word, word) for word in (*CHOICES, TAKE_BACK)])
    # Made by the server with the form: the same form sent again is the same ballot.
    ballot = forms.Field(required=False, widget=forms.HiddenInput)

    def clean_ballot(self) -> UUID | None:
        """A broken id costs nobody their vote: it is counted as one without an id."""
        return as_uuid(self.cleaned_data["ballot"])


class StatementForm(forms.Form):
    """A citizen's own statement; its length and its words are judged by `statements.submit`."""

    text = forms.CharField(
        label=_("Your statement"),
        help_text=_("One point, in your own words. Others will agree, disagree or pass."),
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
        # Refused there with the limit and the length; this only keeps floods out.
        max_length=4000,
        strip=True,
    )

    def __init__(self, *args: object, limit: int, **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]
        self.fields["text"].widget.attrs["data-limit"] = str(limit)
