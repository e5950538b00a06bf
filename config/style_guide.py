"""The living page of the design: every component in every state, in English and in Urdu."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any, Final

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from config.style_samples import ENGLISH, URDU

FOLDER: Final = settings.BASE_DIR / "frontend" / "templates"
COMPONENTS: Final = [
    "type",
    "buttons",
    "vote",
    "tags",
    "notices",
    "cards",
    "states",
    "panels",
    "forms",
    "lists",
    "timeline",
    "desk",
]
COLOURS: Final = [
    *("paper", "surface", "sunken", "ink", "ink-soft", "line", "line-strong", "link", "brand"),
    *("focus", "frame", "frame-mark", "frame-warm", "frame-cool", "agree", "agree-tint"),
    *("disagree", "disagree-tint", "pass", "pass-tint", "good", "good-tint", "warn", "warn-tint"),
    *("bad", "bad-tint", "group-a", "group-b", "group-c", "group-d", "group-e"),
]
FIRST_DAY: Final = date(2026, 5, 1)
COUNTS: Final = [3, 8, 40, 31, 22, 18, 25, 12, 9, 6, 0, 4, 7, 5]


@dataclass(frozen=True)
class Voice:
    """One language that the samples speak."""

    code: str
    direction: str
    words: Mapping[str, Any]

    @property
    def form(self) -> forms.Form:
        """A form as it is first seen."""
        return _form(self.words, auto_id=f"{self.code}-new-%s")

    @property
    def faulty_form(self) -> forms.Form:
        """The same, sent with nothing in it."""
        return _form(self.words, auto_id=f"{self.code}-faulty-%s", data={})

    @property
    def decision_form(self) -> forms.Form:
        """What somebody at a desk fills in."""
        form = _form(self.words, auto_id=f"{self.code}-decision-%s")
        del form.fields["name"], form.fields["agreed"]
        return form

    @property
    def summary(self) -> list[dict[str, str]]:
        """What was filled in, to be looked at before it is sent."""
        return [
            {"name": self.words["council_label"], "value": self.words["council"]},
            {
                "name": self.words["petition"],
                "value": self.words["title"],
                "change_url": "#forms",
            },
        ]

    @property
    def tabs(self) -> list[dict[str, Any]]:
        """The parts of a list, the first one shown."""
        names = [self.words[key] for key in ("collecting", "answered", "all")]
        return [
            {"name": name, "query": f"show={place}", "current": place == 0}
            for place, name in enumerate(names)
        ]

    @cached_property
    def days(self) -> list[dict[str, Any]]:
        """A fortnight's counts."""
        return [
            {"day": FIRST_DAY + timedelta(days=place), "count": count}
            for place, count in enumerate(COUNTS)
        ]

    @property
    def difference(self) -> list[dict[str, str]]:
        """One text before and after a change."""
        return [
            {"kind": "kept", "words": self.words["old_words"]},
            {"kind": "gone", "words": self.words["gone_words"]},
            {"kind": "new", "words": self.words["new_words"]},
        ]


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The samples; for whom there is such a page, config/addresses.csv says."""
    context = {"components": COMPONENTS, "colours": COLOURS, "icons": _icons(), "voices": _voices()}
    return render(request, "style/page.html", context)


def _icons() -> list[str]:
    return sorted(path.stem for path in (FOLDER / "icons").glob("*.html"))


def _voices() -> list[Voice]:
    english = {"code": "en", "direction": "ltr", "text": ENGLISH["title"]}
    urdu = {"code": "ur", "direction": "rtl", "text": URDU["title"]}
    return [
        Voice("en", "ltr", {**ENGLISH, "other": urdu}),
        Voice("ur", "rtl", {**URDU, "other": english}),
    ]


def _form(
    words: Mapping[str, Any], *, auto_id: str, data: dict[str, str] | None = None
) -> forms.Form:
    form = forms.Form(data, auto_id=auto_id)
    form.fields = {
        "name": forms.CharField(label=words["name"], help_text=words["name_hint"]),
        "reason": forms.ChoiceField(
            label=words["reason"],
            choices=list(enumerate(words["reasons"])),
            widget=forms.RadioSelect,
        ),
        "note": forms.CharField(
            label=words["note"],
            required=False,
            widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
        ),
        "agreed": forms.BooleanField(label=words["agreed"]),
    }
    return form
