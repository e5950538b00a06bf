"""The card of a conversation, 1200 by 630, drawn here and nowhere else: title, people, map.

Letters come from the fonts of the system (Debian: fonts-noto-core). Where it has none for a
script, the card stays without those words; its shapes are drawn all the same.
"""

import resvg_py
from django.utils.formats import number_format
from django.utils.translation import get_language, get_language_bidi, ngettext
from django.utils.translation import gettext as _

from deliberate.wording import ConversationWording
from opinion_map import drawing, picture, reading
from opinion_map.drawing.statements import wrapped
from opinion_map.drawing.svg import element, text
from opinion_map.publication import PublishedMap

WIDTH, HEIGHT, EDGE = 1200, 630, 64
MAP_WIDTH, MAP_HEIGHT, MAP_TOP = 520, 390, 84
FRAME, ON_FRAME, MARK, WARM, COOL = "#1e2257", "#ffffff", "#f2b632", "#d9542b", "#12806f"
SOFT = "#d6daff"
NASTALIQ = "'Noto Nastaliq Urdu', 'Noto Naskh Arabic', 'Noto Sans Arabic', sans-serif"
PLAIN = "'Noto Sans', 'DejaVu Sans', 'Noto Naskh Arabic', 'Noto Sans CJK TC', sans-serif"
# By script: the room of a letter and of a line, in parts of the size of the letters.
LETTER = {"ur": 0.42, "": 0.56}
LINE = {"ur": 1.75, "": 1.25}
# Sizes of the title, the largest that leaves it this many lines.
SIZES, MOST_LINES = (58, 48, 40), 4


def png(here: ConversationWording, published: PublishedMap | None) -> bytes:
    """The card as PNG in the reader's language."""
    return bytes(
        resvg_py.svg_to_bytes(
            svg_string=svg(here, published), font_family="Noto Sans", sans_serif_family="Noto Sans"
        )
    )


def svg(here: ConversationWording, published: PublishedMap | None) -> str:
    """The same as a drawing."""
    rtl = get_language_bidi()
    has_map = published is not None
    room = WIDTH - 2 * EDGE - (MAP_WIDTH + 48 if has_map else 0)
    body = [element("rect", width=WIDTH, height=HEIGHT, fill=FRAME), _border()]
    title, below = _title(here, room, rtl=rtl)
    body += title
    body += _facts(published, below, room, rtl=rtl)
    if published is not None:
        body.append(_map(published, rtl=rtl))
    body.append(
        _line("Deliberate", HEIGHT - 64, 30, language="en", rtl=rtl, fill=MARK, weight="700")
    )
    return element(
        "svg",
        *body,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {WIDTH} {HEIGHT}",
        width=WIDTH,
        height=HEIGHT,
    )


def _title(here: ConversationWording, room: float, *, rtl: bool) -> tuple[list[str], float]:
    """The title's lines, and where they end."""
    script = _script(here.language_here)
    for size in SIZES:
        lines = wrapped(here.title_here, int(room / (size * LETTER[script])), MOST_LINES)
        if len(lines) < MOST_LINES or size == SIZES[-1]:
            break
    y = MAP_TOP + size * (1.25 if script else 0.9)
    parts = []
    for line in lines:
        parts.append(_line(line, y, size, language=here.language_here, rtl=rtl, weight="700"))
        y += size * LINE[script]
    return parts, y


def _facts(published: PublishedMap | None, y: float, room: float, *, rtl: bool) -> list[str]:
    """How many took part, and what the map says, as far as there is room."""
    language = get_language() or "en"
    script = _script(language)
    sentences = [_("Say what you think; see what unites and what divides.")]
    if published is not None:
        people = published.shown["counts"]["participants"]
        sentences = [
            ngettext("%(shown)s person voted", "%(shown)s people voted", people)
            % {"shown": number_format(people, force_grouping=True)},
            reading.how_sure(published.shown),
        ]
    parts = []
    y = max(y + 16, 300)
    for sentence in sentences:
        for line in wrapped(sentence, int(room / (30 * LETTER[script])), 3):
            if y < HEIGHT - 110:
                parts.append(_line(line, y, 30, language=language, rtl=rtl, fill=SOFT))
                y += 30 * LINE[script] + 4
    return parts


def _map(published: PublishedMap, *, rtl: bool) -> str:
    """The map on a white panel at the line's end."""
    x = EDGE if rtl else WIDTH - EDGE - MAP_WIDTH
    drawn = drawing.map_svg(
        published.shown,
        labels=_labels(published, rtl=rtl),
        direction="rtl" if rtl else "ltr",
        prefix="card",
    )
    size = f'x="{x}" y="{MAP_TOP}" width="{MAP_WIDTH}" height="{MAP_HEIGHT}" '
    panel = element(
        "rect",
        x=x - 14,
        y=MAP_TOP - 14,
        width=MAP_WIDTH + 28,
        height=MAP_HEIGHT + 28,
        rx=14,
        fill=ON_FRAME,
    )
    return panel + drawn.replace("<svg ", f"<svg {size}", 1)


def _labels(published: PublishedMap, *, rtl: bool) -> drawing.Labels:
    labels = picture.labels(published.shown)
    if not rtl:
        return labels
    people = labels["people"]
    return {
        **labels,
        "group": _embedded(str(labels["group"])),
        "people": lambda count: _embedded(people(count) if callable(people) else people),
    }


def _line(
    words: str,
    y: float,
    size: float,
    *,
    language: str,
    rtl: bool,
    fill: str = ON_FRAME,
    weight: str = "400",
) -> str:
    """A line that begins where the reader's language begins; resvg anchors without a direction."""
    return text(
        _embedded(words) if picture.is_rtl(language) else words,
        WIDTH - EDGE if rtl else EDGE,
        y,
        text_anchor="end" if rtl else "start",
        direction="rtl" if picture.is_rtl(language) else "ltr",
        font_family=NASTALIQ if _script(language) and not words.isascii() else PLAIN,
        font_size=str(size),
        font_weight=weight,
        fill=fill,
    )


def _embedded(words: str) -> str:
    """Words that run from right to left: resvg takes no direction but the letters' own."""
    return f"\u202b{words}\u202c"


def _script(language: str) -> str:
    """ "ur" for Nastaliq, which stands tall and runs narrow; nothing for the others."""
    return "ur" if language.split("-")[0] == "ur" else ""


def _border() -> str:
    """The site's printed border, as on block-printed cloth."""
    parts = [f"M{x} {HEIGHT}l24 -24l24 24z" for x in range(0, WIDTH, 48)]
    warm = element("path", d="".join(parts[::2]), fill=WARM)
    cool = element("path", d="".join(parts[1::2]), fill=COOL)
    down = "".join(f"M{x} {HEIGHT - 24}l24 24l24 -24z" for x in range(-24, WIDTH, 48))
    return element("path", d=down, fill=MARK) + warm + cool
