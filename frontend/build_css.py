"""Makes static/css/site.css, the one stylesheet that is delivered, of the small ones.

Run it after a change of a stylesheet: `python frontend/build_css.py`; a test compares.
"""

import re
from pathlib import Path

FOLDER = Path(__file__).parent / "static" / "css"
BUILT = FOLDER / "site.css"


def sources() -> list[Path]:
    """The stylesheets in the order in which they are delivered."""
    names = ["tokens", "elements", "layout"]
    components = sorted((FOLDER / "components").glob("*.css"))
    return [
        *(FOLDER / f"{name}.css" for name in names),
        *components,
        FOLDER / "utilities.css",
    ]


def shorten(text: str) -> str:
    """A stylesheet without comments and without the space that means nothing."""
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    text = re.sub(r"\s+", " ", text)
    text = re.sub(r"\s*([{};,])\s*", r"\1", text)
    # Not before a colon: `a :hover` and `a:hover` differ.
    text = re.sub(r":\s+", ":", text)
    return text.replace(";}", "}").strip()


def build() -> str:
    """The whole of site.css."""
    return shorten("\n".join(path.read_text(encoding="utf-8") for path in sources())) + "\n"


if __name__ == "__main__":
    BUILT.write_text(build(), encoding="utf-8")
