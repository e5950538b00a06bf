"""The rows of petitions and councils. Each table has one writing module:

Council, CouncilText, CouncilMember: councils · Petition: creators (the draft), lifecycle (its
state), signatures (its count) · PetitionTransition: lifecycle · Signature: signatures ·
CouncilReview, Outcome: reviews
"""

from petitions.models.councils import Council, CouncilMember, CouncilText, site_zone
from petitions.models.petitions import (
    Petition,
    PetitionQuerySet,
    PetitionTransition,
    Signature,
    new_secret,
)
from petitions.models.reviews import CouncilReview, CouncilReviewQuerySet, Outcome, OutcomeQuerySet

__all__ = [
    "Council",
    "CouncilMember",
    "CouncilReview",
    "CouncilReviewQuerySet",
    "CouncilText",
    "Outcome",
    "OutcomeQuerySet",
    "Petition",
    "PetitionQuerySet",
    "PetitionTransition",
    "Signature",
    "new_secret",
    "site_zone",
]
