"""The forms of the translators' page: one per statement, one for the conversation's own words."""

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from deliberate import translations
from deliberate.models import StatementText
from deliberate.statements import tidy


class SeenForm(forms.Form):
    """Carries the version that the translator saw, and whether they remove the translation."""

    words: ClassVar[tuple[str, ...]] = ()
    seen = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)

    def __init__(self, *args: Any, language: str, **options: Any) -> None:
        super().__init__(*args, **options)
        self.removes = bool(self.data.get("remove"))
        for name, field in self.fields.items():
            field.required = field.required and not (self.removes and name in self.words)
            if isinstance(field, forms.CharField) and name != "source":
                field.widget.attrs |= {"lang": language, "dir": "auto"}

    @property
    def initial_words(self) -> list[str]:
        """What the translation says now, for those who only read it."""
        return [str(self.initial[name]) for name in self.words if self.initial.get(name)]


class StatementTranslationForm(SeenForm):
    """A statement's text in another language."""

    words = ("text", "source")

    statement = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    text = forms.CharField(
        label=_("Translation"),
        max_length=translations.LONGEST,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    source = forms.ChoiceField(
        # Translators: followed by "by a translator" or "by a machine".
        label=_("Translated"),
        choices=[
            (choice.value, choice.label)
            for choice in (StatementText.Source.HUMAN, StatementText.Source.MACHINE)
        ],
    )

    def clean_text(self) -> str:
        """Without what nobody sees; nothing left is no translation."""
        text = tidy(self.cleaned_data["text"])
        if not text and not self.removes:
            raise forms.ValidationError(self.fields["text"].error_messages["required"])
        return text


class ConversationTranslationForm(SeenForm):
    """A conversation's own words in another language."""

    words = tuple(translations.FIELDS)

    title = forms.CharField(label=_("Title"), max_length=200)
    introduction = forms.CharField(
        label=_("Introduction"), required=False, widget=forms.Textarea(attrs={"rows": 6})
    )
    promise = forms.CharField(
        label=_("Who decides, and what is promised"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    result = forms.CharField(
        label=_("What came of it"), required=False, widget=forms.Textarea(attrs={"rows": 4})
    )
