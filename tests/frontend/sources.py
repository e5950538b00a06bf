"""Where the design's files are, and their values read as data."""

import re
from pathlib import Path

FRONTEND = Path(__file__).resolve().parents[2] / "frontend"
CSS = FRONTEND / "static" / "css"
DELIVERED = {"site.css", "staff.css"}
STYLESHEETS = sorted(path for path in CSS.rglob("*.css") if path.name not in DELIVERED)
SCRIPTS = sorted((FRONTEND / "static" / "js").glob("*.js"))
TEMPLATES = sorted((FRONTEND / "templates").rglob("*.html"))

Theme = dict[str, str]
_TOKEN = re.compile(r"--([\w-]+):\s*([^;]+);")


def themes() -> dict[str, Theme]:
    """The tokens by day and by night: {"light": {"ink": "#181a2f", ...}, "dark": ...}."""
    text = (CSS / "tokens.css").read_text(encoding="utf-8")
    day, night = text.split("@media screen and (prefers-color-scheme: dark)")
    light = dict(_TOKEN.findall(day))
    return {"light": light, "dark": {**light, **dict(_TOKEN.findall(night.split("}")[0]))}}


def without_comments(stylesheet: Path) -> str:
    """A stylesheet's rules alone."""
    return re.sub(r"/\*.*?\*/", "", stylesheet.read_text(encoding="utf-8"), flags=re.DOTALL)
