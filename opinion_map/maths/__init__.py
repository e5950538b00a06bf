"""The mathematics of the opinion map: votes in, a frozen dataclass out. Knows no Django."""

from opinion_map.maths.changes import TAKEN_BACK, Changes
from opinion_map.maths.continuity import displayed
from opinion_map.maths.document import json_pieces, to_document, to_json
from opinion_map.maths.parameters import Parameters
from opinion_map.maths.pipeline import compute
from opinion_map.maths.project import place, project, projected, with_vote
from opinion_map.maths.public import public_document
from opinion_map.maths.result import OpinionMap
from opinion_map.maths.votes import Votes
from opinion_map.maths.warm import Warm, differences

__all__ = [
    "TAKEN_BACK",
    "Changes",
    "OpinionMap",
    "Parameters",
    "Votes",
    "Warm",
    "compute",
    "differences",
    "displayed",
    "json_pieces",
    "place",
    "project",
    "projected",
    "public_document",
    "to_document",
    "to_json",
    "with_vote",
]
