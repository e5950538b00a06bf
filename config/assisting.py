"""A field worker's pages: somebody's votes or signature, entered for them with their consent.

The person's number comes in once and goes no further than its keyed hash: no page shows it, no
session, log or table has it. While the worker reads out statements, their session holds which proof
it is, signed, for half an hour at most; it ends when the person goes on by themselves.
"""

from collections.abc import Callable
from typing import Any, Final, TypeVar
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.functional import Promise
from django.utils.translation import get_language, get_language_info, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_safe

from accounts import assistance, identity
from accounts.models import Assistance, IdentityProof, User
from config import language as languages
from deliberate import (
    conversation_keys,
    errors,
    metrics,
    participants,
    receipts,
    room,
    showing,
    votes,
    voting_page,
    wording,
)
from deliberate.forms import TAKE_BACK, VoteForm
from deliberate.frames import CHOICES
from deliberate.models import Conversation, Participant
from deliberate.views import visible
from petitions import errors as petition_errors
from petitions import signatures
from petitions.models import Petition
from petitions.views import visible as visible_petition

T = TypeVar("T")
SESSION_KEY: Final = "assisted"
SALT: Final = "assisted"
SECONDS: Final = 30 * 60
SHOWN: Final = 50
NO_NUMBER: Final = gettext_lazy("That is no identity number. Look at the card again.")


class HelpOver(Exception):
    """Nobody is being helped here by this worker now."""

    sentence: Promise = gettext_lazy("Begin again: the time for this person has run out.")


class Unechoed(forms.TextInput):
    """A field that a page never fills with what was typed."""

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        """Whatever was typed, nothing is shown."""
        return super().get_context(name, None, attrs)


class LanguageSelect(forms.Select):
    """Languages by their own names, each read out in itself."""

    def create_option(self, name: str, value: Any, *args: Any, **options: Any) -> dict[str, Any]:
        """The option, with the language that its word is in."""
        option = super().create_option(name, value, *args, **options)
        option["attrs"]["lang"] = str(value)
        return option


class ConsentForm(forms.Form):
    """Who is helped, and that they agreed."""

    agreed = forms.BooleanField(
        label=gettext_lazy("I read this out, and the person agreed."),
        error_messages={"required": gettext_lazy("Nobody is helped who has not agreed.")},
    )
    consent = forms.ChoiceField(
        label=gettext_lazy("How they agreed"),
        choices=Assistance.Consent.choices,
        initial=Assistance.Consent.SPOKEN,
        widget=forms.RadioSelect,
    )
    language = forms.ChoiceField(
        label=gettext_lazy("The language it was read out in"), widget=LanguageSelect
    )
    number = forms.CharField(
        label=gettext_lazy("Their identity number"),
        help_text=gettext_lazy(
            "From their card. It is not kept, only a sealed mark of it, so that each person "
            "counts once."
        ),
        max_length=80,
        error_messages={"required": NO_NUMBER},
        widget=Unechoed(attrs={"inputmode": "numeric", "autocomplete": "off", "dir": "ltr"}),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["language"]
        codes = [row.code for row in languages.offered()]
        field.choices = [  # type: ignore[attr-defined]
            (code, get_language_info(code)["name_local"]) for code in codes
        ]
        field.initial = get_language()

    @sensitive_variables()
    def clean_number(self) -> identity.Name:
        """The number as its keyed hashes: from here on nobody has it any more."""
        try:
            return identity.name(self.cleaned_data["number"])
        except identity.NotANumber:
            raise forms.ValidationError(NO_NUMBER) from None


@never_cache
@require_safe
def desk(request: HttpRequest) -> HttpResponse:
    """What people can be helped with now."""
    conversations = Conversation.objects.taking_votes().prefetch_related("texts")[:SHOWN]
    context = {
        "conversations": [(one, wording.conversation_here(one)) for one in conversations],
        "petitions": Petition.objects.collecting()[:SHOWN],
        "left": assistance.left_today(_worker(request)),
    }
    return render(request, "assisting/desk.html", context)


@never_cache
@sensitive_post_parameters("number")
@require_http_methods(["GET", "HEAD", "POST"])
def begin_votes(request: HttpRequest, slug: str) -> HttpResponse:
    """Consent and number; then the statements."""
    found = visible(slug)
    here = wording.conversation_here(found)
    context = {
        "conversation": found,
        "here": here,
        "policy_sentence": voting_page.policy_sentence(found),
        "entry_sentences": voting_page.entry_sentences(found),
    }
    form = ConsentForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return _form(request, form, context)
    try:
        marked = _help(
            request, form, found.get_absolute_url(), lambda who: _seat(request, found, who)
        )
    except errors.DeliberateError as error:
        form.add_error(None, str(error.sentence))
        return _form(request, form, context, status=error.status)
    except assistance.CapReached as error:
        form.add_error(None, str(error.sentence))
        return _form(request, form, context, status=429)
    request.session[SESSION_KEY] = marked
    return redirect("assist:votes", slug)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def votes_page(request: HttpRequest, slug: str) -> HttpResponse:
    """One statement after the other, until the person has had enough."""
    found = visible(slug)
    try:
        participant = _helped(request, found, find=identity.by_id)
        if request.method != "POST":
            return _statement(request, found, participant)
        if request.POST.get("act") != "finish":
            return _vote(request, found, participant)
        sentence = _("Finished. Their votes are stored; the next person can come.")
        messages.success(request, sentence)
    except (HelpOver, errors.TakesPartThemselves) as over:
        messages.warning(request, str(over.sentence))
    request.session.pop(SESSION_KEY, None)
    return redirect("assist:begin", slug)


@never_cache
@sensitive_post_parameters("number")
@require_http_methods(["GET", "HEAD", "POST"])
def signature(request: HttpRequest, petition_id: int) -> HttpResponse:
    """Consent and number, and the signature is given."""
    found = visible_petition(request.user, petition_id)
    if found.opened_at is None:
        raise Http404
    form = ConsentForm(request.POST or None)
    context = {"petition": found}
    if request.method != "POST" or not form.is_valid():
        return _form(request, form, context)
    try:
        _help(request, form, found.get_absolute_url(), lambda who: _sign(found, who))
    except petition_errors.PetitionError as error:
        form.add_error(None, str(error.sentence))
        return _form(request, form, context, status=error.status)
    except assistance.CapReached as error:
        form.add_error(None, str(error.sentence))
        return _form(request, form, context, status=429)
    # The same words for a first and a second signature: who has signed is nobody's to find out.
    messages.success(request, _("The signature is counted. Each person's counts once."))
    return redirect("assist:petition", petition_id)


def mark(
    found: Conversation, proof: IdentityProof, participant: Participant, *, worker: User
) -> str:
    """What a session keeps of who is being helped: signed, and of use for half an hour.

    Who that is here stands in it only as a seal, for a session is a row of the database too.
    """
    said = {
        "proof": proof.pk,
        "seal": _seal(proof, participant.pk),
        "conversation": found.pk,
        "worker": worker.pk,
    }
    return signing.dumps(said, salt=SALT)


def _seal(proof: IdentityProof, participant_id: int) -> str:
    """Broken when the proof gets an owner, or the person is another participant by now."""
    said = identity.person_key(proof).hex() + f":{participant_id}"
    return salted_hmac(SALT, said, algorithm="sha256").hexdigest()


def _help(request: HttpRequest, form: ConsentForm, path: str, act: Callable[..., T]) -> T:
    """Do it in one transaction with the cap and the consent; a refused try counts for the cap.

    Raises:
        CapReached, DeliberateError, PetitionError: it was not done.
    """
    said = {"consent": form.cleaned_data["consent"], "language": form.cleaned_data["language"]}
    with transaction.atomic():
        number = form.cleaned_data["number"]
        help_, proof = assistance.begin(worker=_worker(request), number=number, path=path, **said)
        try:
            with transaction.atomic():
                done = act(proof)
                assistance.given(help_)
                return done
        except (errors.DeliberateError, petition_errors.PetitionError) as error:
            refused = error
    raise refused


def _seat(request: HttpRequest, found: Conversation, proof: IdentityProof) -> str:
    refused = participants.refusal_of(conversation=found, proof=proof)
    if refused is not None:
        raise refused
    participant = participants.enter_assisted(
        conversation=found,
        person_key=identity.person_key(proof),
        has_account=proof.user_id is not None,
    )
    return mark(found, proof, participant, worker=_worker(request))


def _sign(found: Petition, proof: IdentityProof) -> None:
    signatures.sign_assisted(petition_id=found.pk, participation_key=identity.person_key(proof))


def _helped(
    request: HttpRequest, found: Conversation, *, find: Callable[[int], IdentityProof | None]
) -> Participant:
    """Who is being helped in this conversation now, by this worker.

    Raises:
        HelpOver: nobody.
        TakesPartThemselves: the person goes on by themselves.
    """
    try:
        said = signing.loads(request.session.get(SESSION_KEY, ""), salt=SALT, max_age=SECONDS)
    except signing.BadSignature:
        raise HelpOver from None
    if said["conversation"] != found.pk or said["worker"] != request.user.pk:
        raise HelpOver
    proof = find(said["proof"])
    if proof is None or conversation_keys.is_destroyed(found):
        raise HelpOver
    participant = participants.being_helped(
        conversation=found, person_key=identity.person_key(proof)
    )
    if not constant_time_compare(_seal(proof, participant.pk), said["seal"]):
        raise errors.TakesPartThemselves
    return participant


def _vote(request: HttpRequest, found: Conversation, participant: Participant) -> HttpResponse:
    form = VoteForm(request.POST)
    if not form.is_valid() or form.cleaned_data["choice"] == TAKE_BACK:
        sentence = _("Choose agree, disagree or pass.")
        return _statement(request, found, participant, refusal=sentence, status=422)
    number = form.cleaned_data["statement"]
    try:
        _cast(request, found, form)
    except errors.TakesPartThemselves:
        raise
    except errors.DeliberateError as error:
        sentence = str(error.sentence)
        return _statement(request, found, participant, refusal=sentence, status=error.status)
    metrics.acknowledged(1, door="other")
    return redirect(f"{reverse('assist:votes', args=[found.slug])}?after={number}")


def _cast(request: HttpRequest, found: Conversation, form: VoteForm) -> None:
    """Store the vote, unless the person has begun to go on by themselves.

    Raises:
        HelpOver, TakesPartThemselves: as _helped.
        DeliberateError: as votes.cast_one.
    """
    with transaction.atomic():
        # Whoever verifies that person's account now waits until the vote is stored, or we do.
        participant = _helped(request, found, find=identity.hold)
        counted = votes.cast_one(
            participant=participant,
            statement_number=form.cleaned_data["statement"],
            choice=CHOICES[form.cleaned_data["choice"]],
            ballot_id=_ballot_id(participant, form),
        )
        participants.note_help(participant, changed=counted.changed)


def _ballot_id(participant: Participant, form: VoteForm) -> UUID | None:
    """Whoever goes back to a form may choose otherwise there."""
    ballot: UUID | None = form.cleaned_data["ballot"]
    if ballot is None:
        return None
    return receipts.of_form(
        participant_id=participant.pk,
        form=ballot,
        statement_number=form.cleaned_data["statement"],
        choice=CHOICES[form.cleaned_data["choice"]],
    )


def _statement(
    request: HttpRequest,
    found: Conversation,
    participant: Participant,
    *,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    shown = showing.next_for(conversation=found, participant=participant)
    context = {
        "conversation": found,
        "here": wording.conversation_here(found),
        "statement": wording.statement_here(shown.statement) if shown.statement else None,
        "refusal": refusal,
        "is_counted": "after" in request.GET and not refusal,
        **room.progress(shown),
    }
    return render(request, "assisting/votes.html", context, status=status)


def _form(
    request: HttpRequest, form: ConsentForm, context: dict[str, Any], *, status: int = 0
) -> HttpResponse:
    left = assistance.left_today(_worker(request))
    code = status or (422 if form.is_bound else 200)
    context = {"form": form, "left": left, **context}
    return render(request, "assisting/begin.html", context, status=code)


def _worker(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user
