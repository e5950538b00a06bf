"""Tells an account's person, once, that it was signed in to on a device it did not know.

The mail names neither the device nor an address of the network; its one link leads to the list of
sessions, where they end.
"""

from django.conf import settings
from django.urls import reverse
from django_tasks import task

from accounts import account_mail
from accounts.models import User


@task()
def send(user_id: int) -> None:
    """Send it, in the person's own language."""
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None:
        return
    account_mail.send(user, template="new_device", url=settings.SITE_URL + reverse("sessions"))
