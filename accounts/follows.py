"""Who asked to be told about which page. This module alone writes Follow."""

from accounts.models import Follow, User


def follow(user: User, path: str) -> None:
    """Tell this person what becomes of the page's matter; asking twice changes nothing."""
    Follow.objects.get_or_create(user=user, path=path)


def unfollow(user: User, path: str) -> None:
    """Tell them no more of it."""
    Follow.objects.filter(user=user, path=path).delete()


def follows(user: object, path: str) -> bool:
    """Whether this person asked to be told."""
    return isinstance(user, User) and Follow.objects.filter(user=user, path=path).exists()
