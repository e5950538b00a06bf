"""The forms: what a creator writes, what a council answers."""

from typing import Any
from uuid import uuid4

from django import forms
from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from deliberate.statements import tidy
from petitions import wording
from petitions.models import Council, Outcome, Petition

LARGEST_VERSION = 2**31 - 1


class TidyField(forms.CharField):
    """A text measured as it will be stored: a browser counts a line break as one character."""

    def to_python(self, value: Any) -> str:
        """The text, tidied before its length is checked."""
        return wording.tidy_lines(super().to_python(value) or "")


class CouncilField(forms.ModelChoiceField[Council]):
    """A choice of councils, by their names in the reader's language."""

    def label_from_instance(self, obj: Council) -> str:
        """The council's name."""
        return obj.name_here


class PetitionForm(forms.Form):
    """A petition's words, and the council that they are for."""

    council = CouncilField(
        label=_("Which council do you ask?"),
        queryset=Council.objects.prefetch_related("texts"),
        empty_label=_("Choose a council"),
    )
    title = forms.CharField(
        label=_("What should the council do?"),
        help_text=_("One sentence, for example: “Repair the water pumps in every village”."),
        max_length=wording.LONGEST_TITLE,
        widget=forms.TextInput(attrs={"dir": "auto", "autocomplete": "off"}),
    )
    text = TidyField(
        label=_("Why, and how?"),
        help_text=_("Leave out other people's names, telephone numbers and addresses."),
        max_length=wording.LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 10, "dir": "auto"}),
    )
    language = forms.ChoiceField(
        label=_("In which language did you write it?"),
        choices=settings.LANGUAGES,
        initial=get_language,
    )
    draft_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    version = forms.IntegerField(
        widget=forms.HiddenInput, initial=0, min_value=0, max_value=LARGEST_VERSION
    )

    def clean_title(self) -> str:
        """The title as it is stored: one line."""
        return tidy(self.cleaned_data["title"])

    def wording(self) -> dict[str, Any]:
        """What the creator wrote, once the form is valid."""
        names = ("council", "title", "text", "language")
        return {name: self.cleaned_data[name] for name in names}

    @staticmethod
    def values_of(petition: Petition) -> dict[str, Any]:
        """A draft's values, to start from."""
        names = ("council", "title", "text", "language", "draft_key", "version")
        return {name: getattr(petition, name) for name in names}


class OutcomeForm(forms.Form):
    """A council's answer."""

    kind = forms.ChoiceField(
        label=_("What has the council decided?"),
        choices=Outcome.Kind.choices,
        widget=forms.RadioSelect,
    )
    reasons = TidyField(
        label=_("The council's reasons"),
        help_text=_(
            "Everybody reads this on the petition's page, in the council's name. "
            "Answer each point that the petition makes; say what happens next and by when."
        ),
        max_length=wording.LONGEST_REASONS,
        widget=forms.Textarea(attrs={"rows": 10, "dir": "auto"}),
    )
    language = forms.ChoiceField(
        label=_("In which language did you write it?"),
        choices=settings.LANGUAGES,
        initial=get_language,
    )
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=LARGEST_VERSION)
