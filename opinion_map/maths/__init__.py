"""The mathematics of the opinion map: votes in, a frozen dataclass out. Knows no Django."""

from opinion_map.maths.continuity import displayed
from opinion_map.maths.document import to_document, to_json
from opinion_map.maths.parameters import Parameters
from opinion_map.maths.pipeline import compute
from opinion_map.maths.project import place, project
from opinion_map.maths.public import public_document
from opinion_map.maths.result import OpinionMap
from opinion_map.maths.votes import Votes

__all__ = [
    "OpinionMap",
    "Parameters",
    "Votes",
    "compute",
    "displayed",
    "place",
    "project",
    "public_document",
    "to_document",
    "to_json",
]
