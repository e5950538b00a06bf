"""A person's page of news, its switches, and following a page. It names every room's matters."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import Resolver404, resolve, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language_info
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts import follows, notice_mail, notices
from accounts.models import Notice, User
from accounts.notice_words import KINDS
from config import language
from deliberate import wording
from deliberate.models import Conversation
from petitions.models import CouncilReview, Petition

ON_A_PAGE: Final = 20


@dataclass(frozen=True)
class Matter:
    """What a notice is about, in its own words, or nothing where it is no longer public."""

    title: str = ""
    language: str = ""


@dataclass(frozen=True)
class Row:
    """One notice as the page shows it."""

    subject: str
    sentence: str
    link: str
    path: str
    matter: Matter
    day: str
    due: datetime | None
    created_at: datetime
    is_new: bool


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """News, the newest first; POST marks them read or changes the mails' switches."""
    user = request.user
    if not isinstance(user, User):
        raise Http404
    if request.method == "POST":
        return _changed(request, user)
    found = Paginator(notices.of(user), ON_A_PAGE).get_page(request.GET.get("page"))
    shown = list(found.object_list)
    return render(
        request,
        "notices/notices.html",
        {
            "rows": _rows(shown),
            "listing": found,
            "previous_query": f"page={found.number - 1}" if found.has_previous() else "",
            "next_query": f"page={found.number + 1}" if found.has_next() else "",
            "newest": max((notice.pk for notice in shown), default=0),
            "unread": notices.unread_count(user),
            "languages": [
                (row.code, get_language_info(row.code)["name_local"]) for row in language.offered()
            ],
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
def follow(request: HttpRequest) -> HttpResponse:
    """Follow a page, or stop, and go back to it. Whoever had to sign in first comes by GET."""
    if request.method != "POST":
        return redirect("notices")
    path = request.POST.get("path", "")
    if not isinstance(request.user, User) or not may_be_followed(path):
        raise Http404
    if request.POST.get("follow") == "no":
        follows.unfollow(request.user, path)
        messages.success(request, _("You are told no more of it."))
    else:
        follows.follow(request.user, path)
        messages.success(request, _("You will be told what becomes of it."))
    return redirect(path)


# A mail program posts here without a cookie or a form of ours; the token is the permission.
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def stop_mail(request: HttpRequest, token: str) -> HttpResponse:
    """Stop the mails without signing in; GET asks first, for mail scanners open every link."""
    user = notice_mail.user_of(token)
    if user is None:
        return render(request, "notices/stop.html", {"is_known": False}, status=404)
    if request.method == "POST":
        User.objects.filter(pk=user.pk).update(wants_mail=False)
    return render(
        request,
        "notices/stop.html",
        {"is_known": True, "is_done": request.method == "POST"},
    )


def _changed(request: HttpRequest, user: User) -> HttpResponse:
    act = request.POST.get("action")
    if act == "read":
        newest = request.POST.get("newest", "")
        if newest.isascii() and newest.isdigit() and len(newest) < 19:
            notices.mark_read(user, up_to=int(newest))
    elif act == "mail":
        wanted = request.POST.get("language", "")
        user.wants_mail = request.POST.get("wants_mail") == "yes"
        if wanted in {row.code for row in language.offered()}:
            user.language = wanted
        user.save(update_fields=["wants_mail", "language"])
        messages.success(request, _("Kept."))
    return redirect(reverse("notices"))


def may_be_followed(path: str) -> bool:
    """Whether it is the page of something public of which there will be news."""
    if not url_has_allowed_host_and_scheme(path, allowed_hosts=None) or len(path) > 200:
        return False
    try:
        match = resolve(path)
    except Resolver404:
        return False
    if path != reverse(match.view_name, kwargs=match.kwargs):
        return False
    if match.view_name == "petitions:petition":
        return Petition.objects.public().filter(pk=match.kwargs["petition_id"]).exists()
    if match.view_name == "deliberate:conversation":
        return _public_conversations().filter(slug=match.kwargs["slug"]).exists()
    return False


def _public_conversations() -> QuerySet[Conversation]:
    return Conversation.objects.exclude(state=Conversation.State.DRAFT)


def _rows(shown: list[Notice]) -> list[Row]:
    matters = matters_of({notice.path for notice in shown})
    return [
        Row(
            subject=str(KINDS[notice.kind].subject),
            sentence=KINDS[notice.kind].said(notice.facts),
            link=str(KINDS[notice.kind].link),
            path=notice.path,
            matter=matters.get(notice.path, Matter()),
            day=str(KINDS[notice.kind].day),
            due=notice_mail.due(notice),
            created_at=notice.created_at,
            is_new=notice.read_at is None,
        )
        for notice in shown
    ]


def matters_of(paths: Iterable[str]) -> dict[str, Matter]:
    """The titles of what the paths lead to, a query for each kind of page."""
    asked: dict[str, dict[Any, str]] = {}
    for path in paths:
        try:
            match = resolve(path)
        except Resolver404:
            continue
        asked.setdefault(match.view_name, {})[next(iter(match.kwargs.values()), None)] = path
    found: dict[str, Matter] = {}
    by_petition = asked.get("petitions:petition", {})
    for petition in Petition.objects.filter(pk__in=list(by_petition), opened_at__isnull=False):
        found[by_petition[petition.pk]] = Matter(petition.title, petition.language)
    by_review = asked.get("council:review", {})
    reviews = CouncilReview.objects.filter(pk__in=list(by_review))
    for review in reviews.select_related("petition"):
        found[by_review[review.pk]] = Matter(review.petition.title, review.petition.language)
    by_slug = asked.get("deliberate:conversation", {})
    for row in _public_conversations().filter(slug__in=list(by_slug)).prefetch_related("texts"):
        here = wording.conversation_here(row)
        found[by_slug[row.slug]] = Matter(here.title_here, here.language_here)
    return found
