"""SVG as text: elements, numbers, patterns and the frame that every drawing shares."""

from collections.abc import Callable, Mapping
from xml.sax.saxutils import escape, quoteattr

Label = str | Callable[[int], str]
Labels = Mapping[str, Label]

FONT = "system-ui, 'Noto Sans', 'Noto Naskh Arabic', 'Noto Sans TC', sans-serif"
INK, MUTED, LINE, PAPER = "#1a1a1a", "#595959", "#c8c8c8", "#ffffff"
COLOURS = {"A": "#23457f", "B": "#cb3f12", "C": "#2c7d75", "D": "#964bc4", "E": "#553607"}
"""Each at least 4.5 : 1 on white, told apart by people who do not see red from green."""


def number(value: float) -> str:
    """A coordinate with one decimal at most: 12, 3.5, -.5."""
    text = f"{value:.1f}".rstrip("0").rstrip(".")
    if text in ("-0", ""):
        return "0"
    return text.replace("0.", ".", 1) if text.startswith(("0.", "-0.")) else text


def element(name: str, *children: str, **attributes: str | float | int | None) -> str:
    """One element; `text_anchor` becomes text-anchor, None is left out; children are markup."""
    parts = [name]
    for key, value in attributes.items():
        if value is not None:
            shown = value if isinstance(value, str) else number(value)
            parts.append(f"{key.rstrip('_').replace('_', '-')}={quoteattr(shown)}")
    head = " ".join(parts)
    return f"<{head}>{''.join(children)}</{name}>" if children else f"<{head}/>"


def text(content: str, x: float, y: float, **attributes: str | float | int | None) -> str:
    """Real text, its characters escaped."""
    return element("text", escape(content), x=x, y=y, **attributes)


def haloed(content: str, x: float, y: float, **attributes: str | float | int | None) -> str:
    """Text that stays readable over marks: a rim in the colour of the paper."""
    rim: dict[str, str | float | int | None] = {
        "stroke": PAPER,
        "stroke_width": 4,
        "stroke_linejoin": "round",
        "paint_order": "stroke",
    }
    return text(content, x, y, **{**rim, **attributes})


def label(labels: Labels, name: str, count: int | None = None, **values: str) -> str:
    """The words for `name`, or nothing where the caller gave none."""
    words = labels.get(name, "")
    if callable(words):
        words = words(count or 0)
    if count is not None:
        values = {"count": str(count), **values}
    for key, value in values.items():
        words = words.replace("{" + key + "}", value)
    return words


def frame(
    width: int,
    height: int,
    *body: str,
    title: str,
    description: str,
    direction: str = "ltr",
    prefix: str = "map",
    role: str = "img",
    size: int = 14,
) -> str:
    """The root element with title and description, read as one picture unless told otherwise."""
    return element(
        "svg",
        element("title", escape(title) or " ", id=f"{prefix}-title"),
        element("desc", escape(description) or " ", id=f"{prefix}-desc"),
        element("rect", width=width, height=height, fill=PAPER),
        *body,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {width} {height}",
        role=role,
        aria_labelledby=f"{prefix}-title {prefix}-desc",
        direction=direction,
        font_family=FONT,
        font_size=str(size),
        fill=INK,
    )


def patterns(letters: str, *, prefix: str) -> str:
    """A hatching for each group: the second sign, beside the colour, that still shows in print."""
    marks = {
        "A": "M0 4H8",
        "B": "M4 0V8",
        "C": "M0 8L8 0M-1 1L1 -1M7 9L9 7",
        "D": "M0 0L8 8M-1 7L1 9M7 -1L9 1",
        "E": "M0 4H8M4 0V8",
    }
    return element(
        "defs",
        *(
            element(
                "pattern",
                element("path", d=marks[one], stroke=COLOURS[one], stroke_width=1.2, fill="none"),
                id=f"{prefix}-hatch-{one}",
                width=8,
                height=8,
                patternUnits="userSpaceOnUse",
            )
            for one in letters
        ),
    )


def shape(letter: str | None, x: float, y: float, r: float) -> str:
    """Path data of a group's mark: circle, square, triangle, diamond, cross; a circle for none."""
    n = number
    if letter == "B":
        return f"M{n(x - r)} {n(y - r)}h{n(2 * r)}v{n(2 * r)}h{n(-2 * r)}z"
    if letter == "C":
        return f"M{n(x)} {n(y - 1.2 * r)}l{n(1.2 * r)} {n(2.1 * r)}h{n(-2.4 * r)}z"
    if letter == "D":
        s = 1.3 * r
        return f"M{n(x)} {n(y - s)}l{n(s)} {n(s)}l{n(-s)} {n(s)}l{n(-s)} {n(-s)}z"
    if letter == "E":
        a, b = 0.4 * r, 0.9 * r
        steps = f"h{n(2 * a)}v{n(b)}h{n(b)}v{n(2 * a)}h{n(-b)}v{n(b)}h{n(-2 * a)}v{n(-b)}h{n(-b)}"
        return f"M{n(x - a)} {n(y - a - b)}{steps}v{n(-2 * a)}h{n(b)}z"
    return f"M{n(x - r)} {n(y)}a{n(r)} {n(r)} 0 1 0 {n(2 * r)} 0a{n(r)} {n(r)} 0 1 0 {n(-2 * r)} 0"
