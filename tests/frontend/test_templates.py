"""What every template keeps: nothing inline, and every word to be translated."""

import re
from pathlib import Path

import pytest

from tests.frontend.sources import FRONTEND, TEMPLATES

INLINE = {
    "a style attribute": r"<[^>]*\sstyle\s*=",
    "a style element": r"<style\b",
    "an event handler": r"<[^>]*\son[a-z]+\s*=",
    "a javascript address": r"""["']javascript:""",
    # The gates look at pages without scripts by blocking these, which shows no <noscript>.
    "a noscript element": r"<noscript\b",
    "a script of its own": r"""<script(?![^>]*\bsrc=)(?![^>]*type="application/json")""",
}
OTHER_ORIGINS = re.compile(r"""(?:src|href|action|srcset)=["'](?:https?:)?//""")
BLOCKS = re.compile(
    r"{% (blocktranslate|blocktrans|comment).*?{% end\1 %}|<style>.*?</style>", re.DOTALL
)
# Commands and names of files are the same in every language.
CODE = re.compile(r"<code\b.*?</code>", re.DOTALL)
TAGS = re.compile(r"{%.*?%}|{{.*?}}|{#.*?#}", re.DOTALL)
MARKUP = re.compile(r"<[^>]*>", re.DOTALL)
SPOKEN = re.compile(r"""\b(?:alt|title|placeholder|aria-label|data-label)=["']([^"']*)["']""")
LETTERS = re.compile(r"[^\W\d_]{2,}")

every_template = pytest.mark.parametrize(
    "template", TEMPLATES, ids=lambda path: str(path.relative_to(FRONTEND / "templates"))
)


@every_template
def test_template_has_nothing_inline(template: Path):
    markup = template.read_text(encoding="utf-8")
    # A mail has no stylesheet to link to, and no policy.
    allowed = {"a style element"} if template.name == "mail.html" else set()

    found = {name for name, pattern in INLINE.items() if re.search(pattern, markup, re.I)}
    assert found <= allowed


@every_template
def test_template_names_no_other_origin(template: Path):
    assert OTHER_ORIGINS.search(template.read_text(encoding="utf-8")) is None


@every_template
def test_template_marks_every_word_for_translation(template: Path):
    markup = CODE.sub("", TAGS.sub("", BLOCKS.sub("", template.read_text(encoding="utf-8"))))
    spoken = " ".join(SPOKEN.findall(markup))

    words = LETTERS.findall(MARKUP.sub(" ", markup) + " " + spoken)

    assert [word for word in words if word not in {"Deliberate", "nbsp"}] == []


def test_check_of_words_finds_what_it_is_for():
    markup = '{% translate "Good" %}<p class="card">Bad</p>'

    assert LETTERS.findall(MARKUP.sub(" ", TAGS.sub("", BLOCKS.sub("", markup)))) == ["Bad"]
