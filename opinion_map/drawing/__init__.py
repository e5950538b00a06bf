"""The map and its charts as SVG: drawn from the document, the same bytes for the same document.

Every word comes in through `labels`, so that the caller translates them; a label with a number in
it is a text with `{count}` or a function of the number. Only presentation attributes: nothing here
needs a style sheet or offends a strict content security policy.
"""

from opinion_map.drawing.bars import bars_svg
from opinion_map.drawing.beeswarm import beeswarm_svg
from opinion_map.drawing.heatmap import heatmap_svg
from opinion_map.drawing.map import map_svg
from opinion_map.drawing.statements import Mark
from opinion_map.drawing.svg import Label, Labels
from opinion_map.drawing.timeline import timeline_svg

__all__ = [
    "Label",
    "Labels",
    "Mark",
    "bars_svg",
    "beeswarm_svg",
    "heatmap_svg",
    "map_svg",
    "timeline_svg",
]
