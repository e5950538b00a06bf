"""What divides and what unites: one dot for each statement along a line of divisiveness."""

from collections.abc import Mapping
from typing import Any

from opinion_map.drawing.svg import INK, LINE, MUTED, Labels, element, frame, label, number, text

WIDTH, HEIGHT, MARGIN, DOT = 640, 220, 36, 5
LINES = 12


def beeswarm_svg(
    document: Mapping[str, Any],
    *,
    labels: Labels,
    direction: str = "ltr",
    prefix: str = "divisiveness",
) -> str:
    """Statements from those that unite (left) to those that divide (right), never mirrored.

    `labels`: `title`, `description`, `unites`, `divides`, `statements` with {count}. Statements
    whose counts are hidden are left out. A filled dot is one that most agree or disagree with in
    every group, by its consensus of one half or more.
    """
    shown = [one for one in document["statements"] if one.get("divisiveness") is not None]
    reach = max((one["divisiveness"] for one in shown), default=0.0) or 1.0
    dots = []
    for x, y, one in _swarm(shown, reach):
        strong = max(one["consensus"], one["consensus_against"]) >= 0.5
        dots.append(
            element(
                "circle",
                element("title", number(one["id"])),
                cx=x,
                cy=y,
                r=DOT - 1,
                fill=INK if strong else "#ffffff",
                stroke=INK,
            )
        )
    base = HEIGHT - 48
    return frame(
        WIDTH,
        HEIGHT,
        element("path", d=f"M{MARGIN} {base}H{WIDTH - MARGIN}", stroke=LINE),
        *dots,
        text(
            label(labels, "unites"), MARGIN, HEIGHT - 20, text_anchor=_near(direction), fill=MUTED
        ),
        text(
            label(labels, "divides"),
            WIDTH - MARGIN,
            HEIGHT - 20,
            text_anchor=_far(direction),
            fill=MUTED,
        ),
        title=label(labels, "title"),
        description=" ".join(
            part
            for part in (label(labels, "description"), label(labels, "statements", len(shown)))
            if part
        ),
        direction=direction,
        prefix=prefix,
        size=18,
    )


def _swarm(shown: list[Any], reach: float) -> list[tuple[float, float, Any]]:
    """Each statement at its place on the line, on the lowest free row above it."""
    last = [-1e9] * LINES
    placed: list[tuple[float, float, Any]] = []
    for one in sorted(shown, key=lambda one: (one["divisiveness"], one["id"])):
        x = MARGIN + DOT + (WIDTH - 2 * MARGIN - 2 * DOT) * one["divisiveness"] / reach
        free = [row for row in range(LINES) if x - last[row] >= 2 * DOT]
        row = free[0] if free else min(range(LINES), key=lambda row: last[row])
        last[row] = x
        placed.append((x, HEIGHT - 48 - DOT - row * 2 * DOT, one))
    return placed


def _near(direction: str) -> str:
    """The anchor that makes text grow to the right: `start` is the right end in Arabic script."""
    return "start" if direction == "ltr" else "end"


def _far(direction: str) -> str:
    return "end" if direction == "ltr" else "start"
