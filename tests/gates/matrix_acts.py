"""How each action of the matrix is done over HTTP, so that only a permission can refuse it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import uuid4

from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from accounts.models import User
from deliberate.models import Conversation, Statement
from moderation import decisions
from petitions.models import CouncilReview, Petition
from tests.gates.matrix_world import World, stand_near_petition, stand_near_statement

WORDS: Final = "These words are long enough."
ANSWER: Final = {"kind": "rejected", "reasons": "There is no money.", "language": "en"}


@dataclass(frozen=True)
class Asked:
    """One request: a GET, or a POST where there is a form."""

    path: str
    form: Mapping[str, Any] | None = None
    is_json: bool = False
    # What the same browser must have asked for before.
    before: "Asked | None" = None

    def by(self, client: Client) -> HttpResponse:
        """The answer to that browser."""
        if self.before is not None:
            self.before.by(client)
        if self.form is None:
            return client.get(self.path)
        kind = {"content_type": "application/json"} if self.is_json else {}
        return client.post(self.path, self.form, **kind)


@dataclass(frozen=True)
class Matter:
    """The states and conflicts that an action's matter can have, and how it is done."""

    ask: Callable[[World, User | None, str, str], Asked]
    states: tuple[str, ...] = ("",)
    conflicts: tuple[str, ...] = field(default=("",))


def is_done(response: HttpResponse) -> bool:
    """Whether it was let in and done: not sent to sign in or to prove something, not refused."""
    if response.status_code == 302:
        return not response["Location"].startswith("/accounts/")
    if response["Content-Type"] == "application/json" and "answers" in response.json():
        return all(answer["result"] == "counted" for answer in response.json()["answers"])
    return response.status_code in {200, 201}


def page(name: str) -> Callable[..., Asked]:
    """Opening a page that is about nothing in particular."""
    return lambda *_: Asked(reverse(name))


def _of(conversation: Conversation, name: str, *more: object) -> str:
    return reverse(f"deliberate:{name}", args=[conversation.slug, *more])


def _read_conversation(world: World, _person: User | None, state: str, _conflict: str) -> Asked:
    return Asked(_of(world.conversations[state], "conversation"))


def _vote(world: World, _person: User | None, state: str, _conflict: str) -> Asked:
    form = {"statement": 0, "choice": "agree"}
    return Asked(_of(world.conversations[state], "conversation"), form)


def _write(world: World, _person: User | None, state: str, _conflict: str) -> Asked:
    form = {"text": "Something that nobody has said."}
    return Asked(_of(world.conversations[state], "conversation"), form)


def _batch(space: str) -> Callable[..., Asked]:
    """Votes in the way of a phone that kept them."""

    def ask(world: World, _person: User | None, state: str, _conflict: str) -> Asked:
        path = reverse(f"{space}:votes", args=[world.conversations[state].slug])
        ballot = {"id": str(uuid4()), "statement": 0, "choice": "agree"}
        return Asked(path, {"ballots": [ballot]}, is_json=True)

    return ask


def _take_back(world: World, _person: User | None, state: str, _conflict: str) -> Asked:
    return Asked(_of(world.conversations[state], "my-votes"), {"statement": 0})


def _write_by_api(world: World, _person: User | None, state: str, _conflict: str) -> Asked:
    path = reverse("api:statements", args=[world.conversations[state].slug])
    return Asked(path, {"text": "Something that nobody has said."}, is_json=True)


CONSENT: Final = {"agreed": "on", "consent": "spoken", "language": "en", "number": "3660312345671"}


def _begin_help(world: World, *_: object) -> Asked:
    slug = world.conversations["open"].slug
    return Asked(reverse("assist:begin", args=[slug]), CONSENT)


def _vote_for_somebody(world: World, *_: object) -> Asked:
    slug = world.conversations["open"].slug
    form = {"statement": 0, "choice": "agree"}
    return Asked(reverse("assist:votes", args=[slug]), form, before=_begin_help(world))


def _sign_for_somebody(world: World, *_: object) -> Asked:
    petition = world.petitions["collecting"]
    return Asked(reverse("assist:petition", args=[petition.pk]), CONSENT)


def _petition_form(petition: Petition) -> dict[str, Any]:
    return {
        "council": petition.council_id,
        "title": "Mend the road to the school",
        "text": WORDS,
        "language": "en",
        "draft_key": str(uuid4()),
        "version": petition.version,
        "step": "save",
    }


def _save_new(world: World, *_: object) -> Asked:
    return Asked(reverse("petitions:new"), _petition_form(world.petitions["draft"]))


def _save(world: World, person: User | None, state: str, conflict: str) -> Asked:
    petition = Petition.objects.get(pk=world.petitions[state].pk)
    stand_near_petition(petition, person, conflict)
    return Asked(reverse("petitions:edit", args=[petition.pk]), _petition_form(petition))


def _recompute_map(world: World, *_: object) -> Asked:
    return Asked(reverse("opinion_map:oversight-map", args=[world.conversations["drawn"].slug]))


def _export_votes(world: World, _person: User | None, state: str, _conflict: str) -> Asked:
    return Asked(_of(world.conversations[f"{state} rows"], "export", "votes"))


def _in_open(name: str, *more: object) -> Callable[..., Asked]:
    return lambda world, *_: Asked(_of(world.conversations["open"], name, *more))


def _recompute(world: World, *_: object) -> Asked:
    slug = world.conversations["open"].slug
    return Asked(reverse("opinion_map:oversight", args=[slug, "votes"]))


def _translate(world: World, *_: object) -> Asked:
    form = {"statement": 0, "text": "نئی بات", "source": "human", "seen": ""}
    return Asked(_of(world.conversations["open"], "translations") + "?language=ur", form)


def _report(world: World, _person: User | None, state: str, _conflict: str) -> Asked:
    statement = world.statements[state]
    path = reverse("moderation:report", args=[statement.conversation.slug, statement.number])
    return Asked(path, {"reason": "insult"})


def _decide(action: str) -> Callable[..., Asked]:
    def ask(world: World, person: User | None, state: str, conflict: str) -> Asked:
        statement = Statement.objects.select_related("conversation").get(
            pk=world.statements[state].pk
        )
        stand_near_statement(statement, person, conflict)
        form = {"action": action, "version": decisions.version_of(statement)}
        if action in decisions.REASONS:
            form |= {"reason": decisions.REASONS[action][0], "explanation": WORDS}
        return Asked(reverse("moderation:statement", args=[statement.pk]), form)

    return ask


def _on_petition(action: str) -> Callable[..., Asked]:
    def ask(world: World, person: User | None, state: str, conflict: str) -> Asked:
        petition = Petition.objects.get(pk=world.petitions[state].pk)
        stand_near_petition(petition, person, conflict)
        if action == "withdraw-signature":
            # Whoever has none is told that nothing changed, whatever the state.
            stand_near_petition(petition, person, "signatory")
        form = {"action": action, "version": petition.version}
        return Asked(petition.get_absolute_url(), form if action else None)

    return ask


def _edit(world: World, person: User | None, state: str, conflict: str) -> Asked:
    petition = world.petitions[state]
    stand_near_petition(petition, person, conflict)
    return Asked(reverse("petitions:edit", args=[petition.pk]))


def _on_review(action: str) -> Callable[..., Asked]:
    def ask(world: World, person: User | None, state: str, conflict: str) -> Asked:
        review = CouncilReview.objects.get(pk=world.reviews[state or "in_review"].pk)
        stand_near_petition(review.petition, person, conflict)
        form = {"action": action, "version": review.version}
        if action in {"check", "answer"}:
            form |= ANSWER
        return Asked(review.get_absolute_url(), form if action else None)

    return ask


PARTICIPATION: Final = ("anyone", "account", "verified", "closed")
STATEMENT: Final = tuple(Statement.State.values)
NEAR_STATEMENT: Final = ("", "author", "reporter", "decider")
PETITION: Final = ("draft", "collecting", "closed", "withdrawn", "discarded")
NEAR_PETITION: Final = ("", "creator")
REVIEW: Final = tuple(CouncilReview.State.values)
NEAR_REVIEW: Final = ("", "creator", "signatory")

MATTERS: Final[dict[str, Matter]] = {
    "site.read": Matter(page("home")),
    "site.choose": Matter(page("device")),
    "site.develop": Matter(page("style")),
    "account.enter": Matter(page("account_reset_password")),
    "account.manage": Matter(page("my-data")),
    "notices.manage": Matter(page("notices")),
    "record.read": Matter(page("record:record")),
    "moderation.log": Matter(page("moderation:log")),
    "conversation.read": Matter(_read_conversation, ("open", "closed", "draft")),
    "own_votes.read": Matter(_in_open("my-votes")),
    "vote.cast": Matter(_vote, PARTICIPATION),
    "statement.submit": Matter(_write, PARTICIPATION),
    "counts.export": Matter(_in_open("export", "comments")),
    "votes.export": Matter(_export_votes, ("open", "aggregate")),
    "oversight.open": Matter(page("oversight")),
    "votes.recompute": Matter(_recompute),
    "translation.read": Matter(_in_open("translations")),
    "translation.keep": Matter(_translate),
    "statement.report": Matter(_report, STATEMENT),
    "moderation.read": Matter(page("moderation:queue")),
    **{
        f"statement.{action}": Matter(_decide(action), STATEMENT, NEAR_STATEMENT)
        for action in ("accept", "reject", "keep", "restore")
    },
    "petition.read": Matter(_on_petition(""), PETITION, NEAR_PETITION),
    "petition.write": Matter(page("petitions:new")),
    "petition.edit": Matter(_edit, PETITION, NEAR_PETITION),
    "petition.open": Matter(_on_petition("open"), PETITION, NEAR_PETITION),
    "petition.withdraw": Matter(_on_petition("withdraw"), PETITION, NEAR_PETITION),
    "petition.sign": Matter(_on_petition("sign"), PETITION, NEAR_PETITION),
    "petition.take_back": Matter(_on_petition("withdraw-signature"), PETITION, NEAR_PETITION),
    "review.read": Matter(_on_review("")),
    "review.prepare": Matter(_on_review("check")),
    "review.check_out": Matter(_on_review("check-out"), REVIEW, NEAR_REVIEW),
    "review.renew": Matter(_on_review("renew"), REVIEW, NEAR_REVIEW),
    "review.release": Matter(_on_review("release"), REVIEW, NEAR_REVIEW),
    "review.answer": Matter(_on_review("answer"), REVIEW, NEAR_REVIEW),
    "assistance.record": Matter(page("assist:desk")),
}
# The other ways to do some of them: {the address: (its action, how it is done there)}.
OTHER_DOORS: Final[dict[str, tuple[str, Matter]]] = {
    "deliberate:votes": ("vote.cast", Matter(_batch("deliberate"), PARTICIPATION)),
    "api:votes": ("vote.cast", Matter(_batch("api"), PARTICIPATION)),
    "deliberate:my-votes": ("vote.cast", Matter(_take_back, PARTICIPATION)),
    "api:statements": ("statement.submit", Matter(_write_by_api, PARTICIPATION)),
    "assist:begin": ("assistance.record", Matter(_begin_help)),
    "assist:votes": ("assistance.record", Matter(_vote_for_somebody)),
    "assist:petition": ("assistance.record", Matter(_sign_for_somebody)),
    "petitions:new": ("petition.write", Matter(_save_new)),
    "petitions:edit": ("petition.edit", Matter(_save, PETITION, NEAR_PETITION)),
    "opinion_map:oversight-map": ("votes.recompute", Matter(_recompute_map)),
}
