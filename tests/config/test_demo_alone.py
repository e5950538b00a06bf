"""What the demo does on a site that is not empty, or not only ours."""

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from config.demo import vtaiwan
from deliberate import polis_import
from deliberate.models import Vote
from tests import factories

pytestmark = pytest.mark.django_db


def fill() -> None:
    call_command("fill_demo", small=True, no_vtaiwan=True)


def test_the_real_conversation_is_imported_and_not_labelled_a_demo(shared_data):
    taiwan = vtaiwan.fill(shared_data, progress=polis_import.without_progress)
    again = vtaiwan.fill(shared_data, progress=polis_import.without_progress)

    assert taiwan is not None
    assert again == taiwan
    assert not taiwan.is_demo
    assert taiwan.language == "zh-hant"
    assert Vote.objects.count() == 49443
    assert set(taiwan.texts.values_list("language", flat=True)) == {"en", "ur"}


def test_fill_refuses_its_public_password_where_others_can_reach_the_site(settings):
    settings.LOCAL_ONLY = False

    with pytest.raises(CommandError, match="choose one with --password"):
        fill()

    assert not User.objects.exists()


def test_fill_leaves_a_real_conversation_of_that_address_alone():
    real = factories.conversation(slug="development-fund")

    with pytest.raises(CommandError, match="development-fund that is not the demo"):
        fill()

    assert not real.statements.exists()
