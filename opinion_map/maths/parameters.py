"""The settings of a map, all of which are published with it."""

from dataclasses import asdict, dataclass
from typing import Any

VERSION = "1"
"""Of the computation: raised whenever the same votes would give another map."""


@dataclass(frozen=True)
class Parameters:
    """What a map is computed with.

    Attributes
    ----------
    least_votes : int
        Votes from which on a participant is placed in a group (Polis: 7).
    most_groups : int
        Largest number of groups, 1 to 5.
    groups : int, optional
        Ask for so many groups, whatever the test and the silhouette say.
    silhouette_margin : float
        By how much more groups must have the better silhouette: within the noise, fewer are taken.
    starts : int
        Starts of k-means for each number of groups.
    shuffles : int
        Most shuffles of the structure test.
    structure_ratio : float
        Variance of the first component over the shuffled mean from which on there are groups.
    faint_ratio : float
        The same where two blocs also describe people clearly better than one cloud (`blocs`).
    pick_votes : int
        Members of a group who must have seen a statement that stands for it (in small groups half
        the members).
    pick_count : int
        Most representative statements of a group, and of each side of the majority consensus.
    bootstrap : int
        Resamples of participants; 0 leaves stability out.
    held_out : float
        Share of votes hidden to see how well the map foretells them; 0 leaves the check out.
    """

    least_votes: int = 7
    most_groups: int = 5
    groups: int | None = None
    silhouette_margin: float = 0.02
    starts: int = 10
    shuffles: int = 10
    structure_ratio: float = 2.0
    faint_ratio: float = 1.25
    pick_votes: int = 10
    pick_count: int = 5
    bootstrap: int = 0
    held_out: float = 0.1

    def __post_init__(self) -> None:
        if not 1 <= self.most_groups <= 5:
            raise ValueError("most_groups is 1 to 5")
        if min(self.least_votes, self.starts) < 1 or min(self.shuffles, self.bootstrap) < 0:
            raise ValueError("least_votes and starts are positive, shuffles and bootstrap not < 0")
        if self.groups is not None and not 1 <= self.groups <= self.most_groups:
            raise ValueError("groups is 1 to most_groups")
        if not 0 <= self.held_out < 1:
            raise ValueError("held_out is a share below 1")

    def as_dict(self) -> dict[str, Any]:
        return {"version": VERSION, **asdict(self)}
