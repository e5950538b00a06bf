"""How each action of the matrix is done over HTTP, so that only a permission can refuse it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

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

    def by(self, client: Client) -> HttpResponse:
        """The answer to that browser."""
        if self.form is None:
            return client.get(self.path)
        return client.post(self.path, self.form)


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
