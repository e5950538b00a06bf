"""Forms as people meet them: a summary that leads to each fault, hints tied to their fields."""

import re

import pytest
from django import forms
from django.template.loader import render_to_string


class Example(forms.Form):
    name = forms.CharField(label="Name", help_text="As in your papers.")
    kind = forms.ChoiceField(
        label="Kind", choices=[("a", "A"), ("b", "B")], widget=forms.RadioSelect
    )
    note = forms.CharField(label="Note", required=False)
    agreed = forms.BooleanField(label="I agree")
    version = forms.IntegerField(widget=forms.HiddenInput)


def render(data: dict[str, str] | None = None) -> str:
    return render_to_string("form_fields.html", {"form": Example(data)})


def ids(markup: str) -> set[str]:
    return set(re.findall(r'\bid="([^"]+)"', markup))


def test_form_without_faults_shows_no_summary():
    markup = render()

    assert "error-summary" not in markup
    assert 'name="version"' in markup


def test_summary_links_to_every_field_with_a_fault():
    markup = render({})

    summary = markup.split("error-summary")[1].split("</ul>")[0]
    links = re.findall(r'href="#([^"]+)"', summary)

    assert links == ["id_name", "id_kind_0", "id_agreed"]
    assert set(links) <= ids(markup)


def test_summary_names_the_fault_of_a_hidden_field():
    markup = render({"name": "n", "kind": "a", "agreed": "on", "version": "x"})

    assert "Enter a whole number." in markup.split("</ul>")[0]


def test_hints_and_errors_are_tied_to_their_fields():
    markup = render({})

    described = " ".join(re.findall(r'aria-describedby="([^"]+)"', markup)).split()

    assert {"id_name_helptext", "id_name_error", "id_kind_error", "id_agreed_error"} <= set(
        described
    )
    assert set(described) <= ids(markup)


def test_each_id_stands_once():
    markup = render({})

    every = re.findall(r'\bid="([^"]+)"', markup)

    assert len(every) == len(set(every))


@pytest.mark.parametrize(("label", "count"), [("Note (optional)", 1), ("Name (optional)", 0)])
def test_fields_that_may_stay_empty_say_so(label: str, count: int):
    assert render().count(label) == count


def test_what_was_typed_comes_back_escaped():
    markup = render({"name": '"><script>alert(1)</script>'})

    assert "<script>" not in markup
    assert "&lt;script&gt;" in markup
