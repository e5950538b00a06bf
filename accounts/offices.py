"""Who holds an office: a role here, or one that a higher room names (a council's clerks)."""

from collections.abc import Callable, Iterable
from typing import Final

from accounts.models import User

Source = Callable[[User], Iterable[str]]


def _roles(user: User) -> Iterable[str]:
    return user.role_grants.values_list("role", flat=True)


_sources: Final[list[Source]] = [_roles]


def also(source: Source) -> None:
    """A higher room tells of its own offices, once, when the site starts."""
    if source not in _sources:
        _sources.append(source)


def of(user: object) -> frozenset[str]:
    """The offices that an active account holds now, by the names of the matrix's columns."""
    if not isinstance(user, User) or not user.is_active:
        return frozenset()
    return frozenset(office for source in _sources for office in source(user))


def holds_one(user: object) -> bool:
    """Whether an active account holds any office now."""
    return bool(of(user))
