"""Finds every address that the site answers, by walking the URLconf."""

from collections.abc import Iterable, Iterator

from django.urls import URLPattern, URLResolver, get_resolver


def every_route() -> list[str]:
    """The routes as they are written, from the site's root, such as `petitions/<int:id>/`.

    Of two alike the first answers: ours, before a library's of the same address.
    """
    return sorted(set(_walk(get_resolver().url_patterns)))


def _walk(patterns: Iterable[URLPattern | URLResolver], prefix: str = "") -> Iterator[str]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, route)
        else:
            yield route
