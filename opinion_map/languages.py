"""A language named in a picture's own address, so that a shared cache keeps one for each."""

from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation

View = Callable[..., HttpResponse]


def in_asked_language(view: View) -> View:
    """Answer in the language of `?lang=`, where there is such a language."""

    @wraps(view)
    def answer(request: HttpRequest, slug: str) -> HttpResponse:
        code = request.GET.get("lang", "")
        if code not in dict(settings.LANGUAGES):
            return view(request, slug)
        with translation.override(code):
            return view(request, slug)

    return answer
