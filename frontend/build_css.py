"""Makes the stylesheets that are delivered of the small ones: site.css and, for desks, staff.css.

Run it after a change of a stylesheet: `python frontend/build_css.py`; a test compares.
"""

import re
from pathlib import Path

FOLDER = Path(__file__).parent / "static" / "css"
SITE, STAFF = FOLDER / "site.css", FOLDER / "staff.css"
# One block, so that the layer's name is said once.
LAYER = "@layer components{"


def sources(delivered: Path) -> list[Path]:
    """The stylesheets that one is made of, in the order in which they are delivered."""
    if delivered == STAFF:
        return sorted((FOLDER / "staff").glob("*.css"))
    names = ["tokens", "reset", "elements", "layout"]
    components = sorted((FOLDER / "components").glob("*.css"))
    return [
        *(FOLDER / f"{name}.css" for name in names),
        *components,
        FOLDER / "utilities.css",
    ]


def shorten(text: str) -> str:
    """A stylesheet without comments and without the space and zeros that mean nothing."""
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    text = re.sub(r"\s+", " ", text)
    text = re.sub(r"\s*([{};,>])\s*", r"\1", text)
    # Not before a colon: `a :hover` and `a:hover` differ.
    text = re.sub(r":\s+", ":", text)
    text = re.sub(r"(?<=[\s:,(-])0(?=\.\d)", "", text)
    return text.replace(";}", "}").strip()


def build(delivered: Path) -> str:
    """The whole of a delivered stylesheet."""
    whole = ""
    for path in sources(delivered):
        part = shorten(path.read_text(encoding="utf-8"))
        follows = part.startswith(LAYER) and whole.rpartition("@layer ")[2].startswith(LAYER[7:])
        whole = whole[:-1] + part.removeprefix(LAYER) if follows else whole + part
    return whole + "\n"


if __name__ == "__main__":
    for delivered in (SITE, STAFF):
        delivered.write_text(build(delivered), encoding="utf-8")
