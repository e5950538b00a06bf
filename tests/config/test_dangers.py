"""The lint's own eyes: they see each danger, and do not cry where there is none."""

import pytest

from scripts import dangers

SEEN = {
    "from django.views.decorators.csrf import csrf_exempt": "csrf_exempt",
    "import x\n@x.csrf_exempt\ndef view(request): ...": "csrf_exempt",
    "from django.utils.safestring import mark_safe": "mark_safe",
    "from django.db.models.expressions import RawSQL": "RawSQL",
    'Vote.objects.raw("SELECT 1")': ".raw()",
    'Vote.objects.extra(["x"])': ".extra()",
    'cursor.execute(f"SELECT {name}")': "SQL that is put together",
    'cursor.execute("SELECT " + name)': "SQL that is put together",
    'cursor.execute("SELECT %s" % name)': "SQL that is put together",
    'cursor.execute("SELECT {}".format(name))': "SQL that is put together",
    'response.set_cookie("a", "b", secure=True, samesite="Lax")': "a cookie without httponly",
    'response.set_cookie("a", "b")': "a cookie without httponly, samesite, secure",
}
UNSEEN = [
    'cursor.execute("SELECT %s", [name])',
    'cursor.execute("SELECT 1" " FROM x")',
    "Vote.objects.filter(pk=1)",
    'response.set_cookie("a", "b", secure=True, httponly=True, samesite="Lax")',
]
TEMPLATES = {
    "{{ text|safe }}": "|safe",
    "{{ text | safe }}": "|safe",
    "{% autoescape off %}": "autoescape off",
    '<a onclick="x()">': "an inline handler",
    "<p STYLE='x'>": "an inline style",
    '<a href="javascript:x()">': "a javascript address",
}


@pytest.mark.parametrize(("text", "what"), SEEN.items())
def test_danger_in_code_is_seen(text: str, what: str) -> None:
    assert [found for _line, found in dangers.in_python(text)] == [what]


@pytest.mark.parametrize("text", UNSEEN)
def test_what_is_no_danger_is_passed_over(text: str) -> None:
    assert list(dangers.in_python(text)) == []


@pytest.mark.parametrize(("text", "what"), TEMPLATES.items())
def test_danger_in_a_template_is_seen(text: str, what: str) -> None:
    assert [found for _line, found in dangers.in_template(text, name="a.html")] == [what]


def test_markup_of_a_safe_template_is_passed_over() -> None:
    text = '<meta property="x" content="{{ text }}">{{ text|safestring }}<p data-one="1">'

    assert list(dangers.in_template(text, name="a.html")) == []


def test_tree_has_only_the_dangers_that_are_allowed() -> None:
    assert dangers.main() == 0
