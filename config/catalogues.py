"""Compiles the interface's words without gettext's own programs: `python -m config.catalogues`.

A language without words of its own is filled from the one that stands in for it: gettext itself
would fall back word by word to English. Names of months and what Django and allauth say come along.
"""

import importlib
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from config import offered_languages

FOLDER = Path(__file__).resolve().parent.parent / "frontend" / "locale"
# Where the libraries keep theirs; what stands further down wins.
LIBRARIES = ("django/conf", "django/contrib/auth", "allauth")


def folder_of(code: str) -> str:
    """A language's folder, as Django names it: zh-hant is in zh_Hant, en-xa in en_XA."""
    language, _dash, rest = code.partition("-")
    if not rest:
        return language
    return f"{language}_{rest.title() if len(rest) > 2 else rest.upper()}"


def path(code: str, *, folder: Path = FOLDER) -> Path:
    """Where the words of a language stand, translated or not."""
    return folder / folder_of(code) / "LC_MESSAGES" / "django.po"


def read(source: Path, *, locale: str | None = None) -> Catalog:
    """One catalogue; a mistake in it stops the compilation."""
    with source.open("rb") as file:
        return read_po(file, locale=locale, abort_invalid=True)


def of_libraries(code: str) -> Iterator[Catalog]:
    """What Django and allauth have in that language."""
    for name in LIBRARIES:
        package, *rest = name.split("/")
        home = Path(str(importlib.import_module(package).__file__)).parent
        source = path(code, folder=home.joinpath(*rest, "locale"))
        if source.exists():
            yield read(source)


def filled(own: Catalog, *, then: Iterable[Catalog]) -> Catalog:
    """A language's own words, and where it has none those of the next catalogue that has one."""
    for catalogue in then:
        for message in catalogue:
            if message.id and is_translated(message) and not is_translated(_find(own, message)):
                own.delete(_word(message.id), context=message.context)
                own.add(message.id, message.string, context=message.context)
    return own


def of_language(language: offered_languages.Language) -> Catalog:
    """What the interface says in that language: where need be in the one that stands in for it."""
    own = read(path(language.code))
    if not language.interface:
        return own
    stand_in = language.interface
    return filled(own, then=(read(path(stand_in)), *reversed([*of_libraries(stand_in)])))


def is_translated(message: Message | None) -> bool:
    """Whether it says something in every form, and nobody has to look at it first."""
    if message is None or message.fuzzy:
        return False
    said = message.string or ""
    return bool(said) and (isinstance(said, str) or all(said))


def write(catalogue: Catalog, target: Path) -> None:
    """Compile one; whoever reads it at this moment gets the old or the new one whole."""
    for message in [message for message in catalogue if message.id]:
        if not is_translated(message):
            # Compiled, a plural without a translation would be English and hide a library's.
            catalogue.delete(_word(message.id), context=message.context)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as file:
        write_mo(file, catalogue)
    Path(file.name).chmod(0o644)
    Path(file.name).replace(target)


def compile_all() -> None:
    """Compile every language on offer but English, which is that of the sources."""
    for language in offered_languages.ALL:
        if language.code != "en":
            write(of_language(language), path(language.code).with_suffix(".mo"))


def _find(catalogue: Catalog, message: Message) -> Message | None:
    return catalogue.get(_word(message.id), context=message.context)


def _word(word: str | tuple[str, ...] | list[str]) -> str:
    """What a catalogue keeps a word under: the singular."""
    return word if isinstance(word, str) else word[0]


if __name__ == "__main__":
    compile_all()
