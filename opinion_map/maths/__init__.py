"""The mathematics of the opinion map: votes in, a frozen dataclass out. Knows no Django."""

from opinion_map.maths.changes import TAKEN_BACK, Changes
from opinion_map.maths.continuity import LETTERS, displayed
from opinion_map.maths.document import json_pieces, to_document, to_json, under_fresh_ids
from opinion_map.maths.parameters import Parameters
from opinion_map.maths.pipeline import compute
from opinion_map.maths.project import place, project, projected, with_vote
from opinion_map.maths.public import held_in, public_document, public_model
from opinion_map.maths.result import OpinionMap
from opinion_map.maths.steps import PEOPLE, REST, Entries, Held, entries, may_follow
from opinion_map.maths.votes import Votes
from opinion_map.maths.warm import Warm, differences

__all__ = [
    "LETTERS",
    "PEOPLE",
    "REST",
    "TAKEN_BACK",
    "Changes",
    "Entries",
    "Held",
    "OpinionMap",
    "Parameters",
    "Votes",
    "Warm",
    "compute",
    "differences",
    "displayed",
    "entries",
    "held_in",
    "json_pieces",
    "may_follow",
    "place",
    "project",
    "projected",
    "public_document",
    "public_model",
    "to_document",
    "to_json",
    "under_fresh_ids",
    "with_vote",
]
