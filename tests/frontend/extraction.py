"""The words that sources mark for translation, read as `make messages` reads them."""

from collections.abc import Iterator
from functools import cache
from io import BytesIO
from pathlib import Path

import allauth
from babel.messages.extract import extract
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parents[2]
OVERRIDES = ROOT / "frontend" / "templates"
ALLAUTH = Path(allauth.__file__).resolve().parent
# Nobody sees words of these (a code is asked for on a page of ours, config/joining.py), or
# they belong to what we do not offer.
UNSEEN = (
    *("admin.py", "apps.py", "models.py", "layouts", "request_login_code"),
    *("phone", "passkey", "webauthn"),
)
UNOFFERED = ("phone", "passkey", "security key", "username", "Master key", "Backup key", "Key nr.")
ELSEWHERE = {".venv", "tests", "var"}

# A word's context, and the word in the singular and the plural if it has both.
Word = tuple[str | None, str | tuple[str, ...]]
KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    name + suffix: arguments
    for suffix in ("", "_lazy", "_noop")
    for name, arguments in {
        "gettext": None,
        "ngettext": (1, 2),
        "pgettext": ((1, "c"), 2),
        "npgettext": ((1, "c"), 2, 3),
    }.items()
}
KEYWORDS["_"] = None


def words(source: Path) -> Iterator[Word]:
    """The words that one source marks."""
    text = source.read_text(encoding="utf-8")
    if source.suffix != ".py":
        # What is left of the markup is noise, but must not look like wrong indentation.
        text = "\n".join(line.lstrip() for line in templatize(text).splitlines())
    for _line, word, _comments, context in extract("python", BytesIO(text.encode()), KEYWORDS):
        yield context, word


@cache
def ours() -> dict[Word, Path]:
    """Every word of our own, with a source that marks it."""
    sources = [
        source
        for folder in sorted(ROOT.iterdir())
        if folder.is_dir() and not folder.name.startswith(".") and folder.name not in ELSEWHERE
        for kind in ("*.py", "*.html", "*.txt")
        for source in sorted(folder.rglob(kind))
    ]
    return {word: source.relative_to(ROOT) for source in sources for word in words(source)}


def of_allauth() -> dict[Word, Path]:
    """Every word that allauth says on pages and in mail which we have not written anew."""
    found = {}
    for folder in ("account", "mfa", "templates/account", "templates/mfa"):
        for source in sorted((ALLAUTH / folder).rglob("*.*")):
            name = source.relative_to(ALLAUTH)
            if source.suffix not in {".py", ".html", ".txt"} or any(x in str(name) for x in UNSEEN):
                continue
            if folder.startswith("templates") and (OVERRIDES.parent / name).exists():
                continue
            for context, word in words(source):
                if not any(term.lower() in str(word).lower() for term in UNOFFERED):
                    found[context, word] = name
    return found
