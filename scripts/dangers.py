"""Finds what is dangerous and nobody has looked at: `python scripts/dangers.py`, in `make lint`.

Each place that needs such a thing stands in ALLOWED with its reason; a reason whose place is gone
is an error too. bandit and ruff know the rest.
"""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
PACKAGES: Final = (
    "accounts",
    "config",
    "deliberate",
    "moderation",
    "opinion_map",
    "petitions",
    "record",
)
# (file, what): why it is no danger there.
ALLOWED: Final = {
    (
        "config/notices.py",
        "csrf_exempt",
    ): "mail programs press the link (RFC 8058); a token is in it",
    ("deliberate/bearers.py", "SQL that is put together"): "names and marks; values are apart",
    ("deliberate/many_rows.py", "SQL that is put together"): "names and marks; values are apart",
    (
        "deliberate/participants.py",
        "SQL that is put together",
    ): "names and marks; values are apart",
    ("deliberate/presence.py", "SQL that is put together"): "names and marks; values are apart",
    ("deliberate/votes.py", "SQL that is put together"): "names and marks; values are apart",
    ("petitions/signatures.py", "SQL that is put together"): "names and marks; values are apart",
    ("frontend/templates/sw.js", "|safe"): "JSON that config/install.py made of our own names",
}
# Methods of rows that take SQL, and functions that take it.
SQL_METHODS: Final = {"raw", "extra"}
SQL_NAMES: Final = {"RawSQL"}
UNSAFE_NAMES: Final = {"csrf_exempt", "mark_safe", "SafeString", "SafeText", "html_safe"}
EXECUTING: Final = {"execute", "executemany", "fetch"}
COOKIE_WORDS: Final = {"secure", "httponly", "samesite"}
# May be read by the page's own scripts, or only say how a page looks.
LOOKS: Final = {"config/lite.py", "config/language.py", "config/my_place.py"}
TEMPLATE_WORDS: Final = {
    "|safe": re.compile(r"\|\s*safe\b"),
    "|safeseq": re.compile(r"\|\s*safeseq\b"),
    "autoescape off": re.compile(r"{%\s*autoescape\s+off"),
    "an inline handler": re.compile(r"<[^>]*\son[a-z]+\s*=", re.IGNORECASE),
    "an inline style": re.compile(r"<[^>]*\sstyle\s*=", re.IGNORECASE),
    "a javascript address": re.compile(r"javascript:", re.IGNORECASE),
}


def main() -> int:
    """Print what is found; 1 if there is something."""
    found = set(in_all())
    lines = [f"{path}:{line}: {what}" for path, line, what in sorted(found) if _is_new(path, what)]
    there = {(path, what) for path, _line, what in found}
    lines += [f"scripts/dangers.py: {key} is allowed and not there" for key in set(ALLOWED) - there]
    print("\n".join(lines), end="\n" if lines else "")
    return 1 if lines else 0


def in_all() -> Iterator[tuple[str, int, str]]:
    """File, line and name of each dangerous thing."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            name = str(path.relative_to(ROOT))
            for line, what in in_python(path.read_text(), name=name):
                yield name, line, what
    for path in sorted((ROOT / "frontend" / "templates").rglob("*.*")):
        if path.suffix in {".html", ".js", ".txt"}:
            name = str(path.relative_to(ROOT))
            for line, what in in_template(path.read_text(), name=name):
                yield name, line, what


def in_python(text: str, *, name: str = "") -> Iterator[tuple[int, str]]:
    """Line and name of each in one module."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom | ast.Import):
            for alias in node.names:
                if alias.name in UNSAFE_NAMES | SQL_NAMES:
                    yield node.lineno, alias.name
        elif isinstance(node, ast.Attribute) and node.attr in UNSAFE_NAMES | SQL_NAMES:
            yield node.lineno, node.attr
        elif isinstance(node, ast.Call):
            yield from _in_call(node, name)


def in_template(text: str, *, name: str = "") -> Iterator[tuple[int, str]]:
    """The same in one template; in plain text nothing is to be escaped."""
    for number, line in enumerate(text.splitlines(), start=1):
        for what, pattern in TEMPLATE_WORDS.items():
            is_markup = not name.endswith(".txt") or what != "autoescape off"
            # A mail has no stylesheet to link to.
            is_mail = name.endswith("/mail.html") and what == "an inline style"
            if is_markup and not is_mail and pattern.search(line):
                yield number, what


def _in_call(node: ast.Call, name: str) -> Iterator[tuple[int, str]]:
    if not isinstance(node.func, ast.Attribute):
        return
    called = node.func.attr
    if called in SQL_METHODS and node.args:
        yield node.lineno, f".{called}()"
    if called in EXECUTING and node.args and _is_put_together(node.args[0]):
        yield node.lineno, "SQL that is put together"
    if called == "set_cookie":
        missing = COOKIE_WORDS - {str(word.arg) for word in node.keywords}
        if missing - ({"httponly"} if name in LOOKS else set()):
            yield node.lineno, f"a cookie without {', '.join(sorted(missing))}"


def _is_put_together(node: ast.expr) -> bool:
    """Whether a text is made of parts: in an f-string, by adding, by format()."""
    return any(
        (
            isinstance(part, ast.JoinedStr)
            and any(not isinstance(v, ast.Constant) for v in part.values)
        )
        or (isinstance(part, ast.BinOp) and isinstance(part.op, ast.Add | ast.Mod))
        or (isinstance(part, ast.Attribute) and part.attr == "format")
        for part in ast.walk(node)
    )


def _is_new(path: str, what: str) -> bool:
    return (path, what) not in ALLOWED


if __name__ == "__main__":
    sys.exit(main())
