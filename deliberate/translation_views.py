"""The translators' page of a conversation: its own words, and statement by statement."""

from dataclasses import dataclass
from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.db.models import Prefetch, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import get_language, get_language_info
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts import offices, permissions
from accounts.models import User
from deliberate import errors, translations
from deliberate.models import Conversation, Statement, StatementText, TranslationVersion
from deliberate.translation_forms import (
    ConversationTranslationForm,
    SeenForm,
    StatementTranslationForm,
)
from deliberate.views import visible
from deliberate.wording import base

STATEMENTS_A_PAGE = 10


@dataclass(frozen=True)
class Row:
    """One thing to translate: its form, and what the translation said before."""

    form: SeenForm
    earlier: list[TranslationVersion]
    is_translated: bool
    statement: Statement | None = None


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, slug: str) -> HttpResponse:
    """What is to translate into one language, and a form for each; keeps what one form sends."""
    found = visible(slug)
    language = _language(request, found)
    if request.method == "POST":
        return _take(request, found, language)
    return _show(request, found, language)


def _language(request: HttpRequest, found: Conversation) -> str:
    """The language to translate into: the one asked for, the reader's, or the first other."""
    others = [code for code in settings.LANGUAGE_CHAINS if base(code) != base(found.language)]
    asked = request.GET.get("language")
    if asked is not None:
        if asked not in settings.LANGUAGE_CHAINS:
            raise Http404
        return asked
    here = get_language()
    return here if here in others else others[0]


def _take(request: HttpRequest, found: Conversation, language: str) -> HttpResponse:
    by = cast(User, request.user)
    form: SeenForm
    if "statement" in request.POST:
        form = StatementTranslationForm(request.POST, language=language)
    else:
        form = ConversationTranslationForm(request.POST, language=language)
    if not form.is_valid():
        return _show(request, found, language, posted=form, status=422)
    try:
        _keep(found, language, form, by)
    except errors.DeliberateError as error:
        messages.error(request, str(error.sentence))
        return _show(request, found, language, posted=form, status=error.status)
    messages.success(request, _("Kept. Readers of this language see it from now on."))
    return HttpResponseRedirect(_address(request, found, language))


def _keep(found: Conversation, language: str, form: SeenForm, by: User) -> None:
    data = form.cleaned_data
    if form.removes:
        data |= dict.fromkeys(form.words, "")
    if isinstance(form, ConversationTranslationForm):
        translations.keep_conversation(
            conversation_id=found.pk, language=language, words=data, by=by, seen=data["seen"]
        )
        return
    statement = found.statements.filter(number=data["statement"]).only("pk").first()
    if statement is None:
        raise errors.StatementUnavailable(_("There is no such statement here."))
    translations.keep_statement(
        statement_id=statement.pk,
        language=language,
        text=data["text"],
        source=data["source"] or StatementText.Source.HUMAN,
        by=by,
        seen=data["seen"],
    )


def _show(
    request: HttpRequest,
    found: Conversation,
    language: str,
    *,
    posted: SeenForm | None = None,
    status: int = 200,
) -> HttpResponse:
    statements = _statements(found, language)
    wants_all = "all" in request.GET
    missing = statements.exclude(texts__language=language)
    shown = Paginator(statements if wants_all else missing, STATEMENTS_A_PAGE).get_page(
        request.GET.get("page")
    )
    total = statements.count()
    context = {
        "conversation": found,
        "may_keep": permissions.allows("translation.keep", roles=offices.of(request.user)),
        "language": language,
        "language_name": get_language_info(language)["name_local"],
        "languages": _choices(language),
        "wants_all": wants_all,
        "total": total,
        "done": total - missing.count(),
        "listing": shown,
        "previous_query": _query(request, language, shown.number - 1) if shown.number > 1 else "",
        "next_query": _query(request, language, shown.number + 1) if shown.has_next() else "",
        **_rows(found, language, shown, posted),
    }
    return render(request, "deliberate/translations.html", context, status=status)


def _statements(found: Conversation, language: str) -> QuerySet[Statement]:
    """Those that can be in that language, without or with a text in it."""
    texts = StatementText.objects.filter(language=language)
    return (
        found.statements.exclude(state=Statement.State.REJECTED)
        .exclude(language=language)
        .prefetch_related(Prefetch("texts", texts, to_attr="texts_there"))
        .order_by("number")
    )


def _rows(
    found: Conversation, language: str, shown: Page[Statement], posted: SeenForm | None
) -> dict[str, Any]:
    earlier = translations.versions(
        found, language=language, statement_ids=[statement.pk for statement in shown]
    )
    rows = [
        _statement_row(statement, language, earlier.get(statement.pk, []), posted)
        for statement in shown
    ]
    if base(language) == base(found.language):
        return {"rows": rows}
    own = found.texts.filter(language=language).first()
    own_earlier = earlier.get(None, [])
    initial = {name: getattr(own, name) for name in translations.FIELDS} if own else {}
    form = (
        posted
        if isinstance(posted, ConversationTranslationForm)
        else ConversationTranslationForm(
            initial=initial | {"seen": _seen(own_earlier)}, language=language, auto_id="own_%s"
        )
    )
    return {"rows": rows, "own": Row(form, own_earlier, own is not None)}


def _statement_row(
    statement: Statement,
    language: str,
    earlier: list[TranslationVersion],
    posted: SeenForm | None,
) -> Row:
    text = next(iter(statement.texts_there), None)  # type: ignore[attr-defined]
    if isinstance(posted, StatementTranslationForm) and posted.data.get("statement") == str(
        statement.number
    ):
        return Row(posted, earlier, text is not None, statement)
    form = StatementTranslationForm(
        initial={
            "statement": statement.number,
            "seen": _seen(earlier),
            "text": text.text if text else "",
            "source": text.source if text else StatementText.Source.HUMAN,
        },
        language=language,
        auto_id=f"s{statement.number}_%s",
    )
    return Row(form, earlier, text is not None, statement)


def _seen(earlier: list[TranslationVersion]) -> int | None:
    return earlier[0].pk if earlier else None


def _choices(language: str) -> list[dict[str, Any]]:
    return [
        {"code": row.code, "name": row.own_name, "is_current": row.code == language}
        for row in settings.OFFERED_LANGUAGES
        if not row.is_pseudo
    ]


def _address(request: HttpRequest, found: Conversation, language: str) -> str:
    """Where the translator goes on: the same list, the same page of it."""
    page = request.GET.get("page", "")
    is_number = page.isdecimal() and len(page) < 6
    query = _query(request, language, int(page) if is_number else 1)
    return f"{reverse('deliberate:translations', args=[found.slug])}?{query}"


def _query(request: HttpRequest, language: str, page: int) -> str:
    query: dict[str, str | int] = {"language": language}
    if "all" in request.GET:
        query["all"] = 1
    if page > 1:
        query["page"] = page
    return urlencode(query)
