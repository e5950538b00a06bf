"""How the groups vote on one statement: a bar for each, agree, pass and disagree."""

from collections.abc import Mapping
from typing import Any

from opinion_map.drawing.svg import INK, Labels, element, frame, label, text

WIDTH, ROW, TOP = 420, 34, 30
LEFT, RIGHT = 110, 70
FILLS = {"agree": "#00705a", "pass": "#e4e4e4", "disagree": "#b34a00"}


def bars_svg(
    statement: Mapping[str, Any],
    *,
    labels: Labels,
    direction: str = "ltr",
    prefix: str | None = None,
) -> str:
    """Bars of everybody and of each group whose counts are known.

    `labels`: `title`, `everyone`, `group` with {letter}, `agree`, `pass`, `disagree`, `votes` with
    {count}. In right-to-left scripts the names stand at the right and the bars run from there.
    """
    prefix = prefix or f"bars-{statement['id']}"
    rows = []
    if statement.get("agree") is not None:
        rows.append((label(labels, "everyone"), statement))
    for letter, counts in sorted(statement["groups"].items()):
        rows.append((label(labels, "group", letter=letter), counts))
    hatch = element(
        "defs",
        element(
            "pattern",
            element("rect", width=6, height=6, fill=FILLS["disagree"]),
            element("path", d="M0 6L6 0", stroke="#ffffff", stroke_width=1.5),
            id=f"{prefix}-hatch",
            width=6,
            height=6,
            patternUnits="userSpaceOnUse",
        ),
    )
    body = [hatch, _key(labels, direction, prefix)]
    sentences = []
    for place, (name, counts) in enumerate(rows):
        body.append(_bar(name, counts, TOP + ROW * place, labels, direction, prefix))
        parts = ", ".join(f"{label(labels, one)} {counts[one]}" for one in FILLS)
        sentences.append(f"{name}: {parts}.")
    return frame(
        WIDTH,
        TOP + ROW * max(len(rows), 1),
        *body,
        title=label(labels, "title"),
        description=" ".join(sentences),
        direction=direction,
        prefix=prefix,
    )


def _fill(choice: str, prefix: str) -> str:
    return f"url(#{prefix}-hatch)" if choice == "disagree" else FILLS[choice]


def _key(labels: Labels, direction: str, prefix: str) -> str:
    parts = []
    step = (WIDTH - LEFT - RIGHT) / 3
    for place, choice in enumerate(FILLS):
        x = LEFT + step * place
        at = x if direction == "ltr" else WIDTH - x - 10
        parts.append(
            element("rect", x=at, y=8, width=10, height=10, fill=_fill(choice, prefix), stroke=INK)
        )
        start = x + 15 if direction == "ltr" else WIDTH - x - 15
        parts.append(text(label(labels, choice), start, 18, text_anchor="start", font_size="12"))
    return "".join(parts)


def _bar(
    name: str,
    counts: Mapping[str, Any],
    y: float,
    labels: Labels,
    direction: str,
    prefix: str,
) -> str:
    total = sum(counts[one] for one in FILLS)
    room = WIDTH - LEFT - RIGHT
    ltr = direction == "ltr"
    parts = [text(name, 4 if ltr else WIDTH - 4, y + 19, text_anchor="start")]
    x = float(LEFT)
    for choice in FILLS:
        width = room * counts[choice] / total if total else 0.0
        if width:
            at = x if ltr else WIDTH - x - width
            parts.append(
                element(
                    "rect",
                    x=at,
                    y=y + 4,
                    width=width,
                    height=22,
                    fill=_fill(choice, prefix),
                    stroke=INK,
                    stroke_width=0.5,
                )
            )
        x += width
    end = WIDTH - RIGHT + 6
    votes = label(labels, "votes", total)
    parts.append(
        text(votes, end if ltr else WIDTH - end, y + 19, text_anchor="start", font_size="12")
    )
    return "".join(parts)
