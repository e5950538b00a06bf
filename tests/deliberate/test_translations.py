"""Translations: who may keep one, what readers see of it, and what stays of earlier ones."""

import pytest
from django.test import Client
from django.utils import translation

from accounts import roles
from accounts.models import Role, User
from deliberate import errors, statements, translations, wording
from deliberate.models import Conversation, Statement, StatementText, TranslationVersion, Vote
from record.models import RecordLine
from tests import factories

pytestmark = pytest.mark.django_db

ORIGINAL = "Clean water before new roads."
URDU = "نئی سڑکوں سے پہلے صاف پانی۔"


@pytest.fixture
def facilitator() -> User:
    person = factories.user()
    roles.grant(user=person, role=Role.FACILITATOR)
    return person


@pytest.fixture
def statement() -> Statement:
    return factories.statement(text=ORIGINAL)


def keep(statement: Statement, by: User, text: str = URDU, **options) -> None:
    language = options.get("language", "ur")
    arguments = {"language": language, "seen": newest(statement, language), **options}
    translations.keep_statement(statement_id=statement.pk, text=text, by=by, **arguments)


def newest(statement: Statement, language: str) -> int | None:
    last = TranslationVersion.objects.filter(statement=statement, language=language).last()
    return last.pk if last else None


def shown(statement: Statement, language: str) -> wording.StatementWording:
    return wording.statement_here(Statement.objects.get(pk=statement.pk), language=language)


def kinds() -> list[str]:
    return [line.kind for line in RecordLine.objects.exclude(kind="role.granted").order_by("pk")]


def test_translation_is_what_readers_of_its_language_see_first(facilitator, statement):
    keep(statement, facilitator)

    here = shown(statement, "ur")
    assert (here.text_here, here.language_here, here.original_text) == (URDU, "ur", ORIGINAL)
    assert (here.translated_by, shown(statement, "en").translated_by) == ("by a translator", "")
    line = RecordLine.objects.get(kind="translation.kept")
    assert line.facts == {"statement": 0, "language": "ur", "by": "facilitator"}
    assert line.subject == statement.conversation.get_absolute_url()


@pytest.mark.parametrize("language", ["sd", "ps", "bal", "pnb", "skr"])
def test_reader_without_a_text_in_their_language_gets_the_urdu_one(
    facilitator, statement, language
):
    keep(statement, facilitator)

    here = shown(statement, language)

    assert (here.text_here, here.language_here) == (URDU, "ur")


def test_own_language_comes_before_urdu_and_english_before_a_third_language(facilitator):
    estonian = factories.statement(text="Puhas vesi enne uusi teid.", language="et")
    keep(estonian, facilitator, ORIGINAL, language="en")

    before = shown(estonian, "sd")
    keep(estonian, facilitator)
    between = shown(estonian, "sd")
    keep(estonian, facilitator, "نون رستن کان اڳ صاف پاڻي.", language="sd")
    after = shown(estonian, "sd")

    assert [row.language_here for row in (before, between, after)] == ["en", "ur", "sd"]
    assert shown(estonian, "et").language_here == "et"
    assert shown(estonian, "zh-hant").language_here == "en"


def test_original_stands_before_a_translation_that_is_further_down_the_chain(facilitator):
    urdu = factories.statement(text=URDU, language="ur")
    keep(urdu, facilitator, ORIGINAL, language="en")

    assert shown(urdu, "sd").language_here == "ur"


def test_correction_keeps_what_stood_before(facilitator, statement):
    statement.texts.create(language="ur", text="پرانا متن۔", source=StatementText.Source.MACHINE)

    keep(statement, facilitator)
    keep(statement, facilitator, "")

    history = TranslationVersion.objects.filter(statement=statement)
    assert [(row.words.get("text"), row.written_by) for row in history] == [
        ("پرانا متن۔", None),
        (URDU, facilitator),
        (None, facilitator),
    ]
    assert shown(statement, "ur").text_here == ORIGINAL
    assert kinds() == ["translation.kept", "translation.removed"]


def test_same_words_again_change_nothing(facilitator, statement):
    keep(statement, facilitator)

    keep(statement, facilitator, f" {URDU}\u202e ")

    assert kinds() == ["translation.kept"]


def test_translator_who_saw_an_older_version_is_told_so(facilitator, statement):
    keep(statement, facilitator)

    with pytest.raises(errors.StaleVersion):
        keep(statement, facilitator, "دوسرا ترجمہ۔", seen=None)

    assert shown(statement, "ur").text_here == URDU


def test_rejected_statement_takes_no_translation(facilitator, statement):
    statements.reject(
        statement_id=statement.pk, version=0, reason="insult", explanation="It insults."
    )

    with pytest.raises(errors.StaleVersion):
        keep(statement, facilitator)


@pytest.mark.parametrize("language", ["en", "xx", "en-xa-1", ""])
def test_language_that_makes_no_sense_is_refused(facilitator, statement, language):
    with pytest.raises(errors.TranslationRefused):
        keep(statement, facilitator, language=language)


def test_role_is_asked_for_inside_the_transaction(facilitator, statement):
    roles.revoke(user=facilitator, role=Role.FACILITATOR)

    with pytest.raises(errors.NotEntitled):
        keep(statement, facilitator)
    with pytest.raises(errors.NotEntitled):
        translations.keep_conversation(
            conversation_id=statement.conversation_id,
            language="ur",
            words={"title": "پانی"},
            by=facilitator,
            seen=None,
        )

    assert not TranslationVersion.objects.exists()


def test_votes_belong_to_the_statement_whatever_its_texts(facilitator, statement):
    factories.vote(statement=statement)
    before = Conversation.objects.get().votes_version

    keep(statement, facilitator)
    keep(statement, facilitator, "")

    assert Vote.objects.filter(statement=statement).count() == 1
    assert Conversation.objects.get().votes_version == before


def words_of(statement: Statement, language: str) -> wording.ConversationWording:
    with translation.override(language):
        return wording.conversation_here(Conversation.objects.get(pk=statement.conversation_id))


def test_conversation_in_another_language_and_removed_again(facilitator, statement):
    for seen, title in enumerate(["پانی", ""]):
        translations.keep_conversation(
            conversation_id=statement.conversation_id,
            language="ur",
            words={"title": title, "introduction": "تعارف" if title else ""},
            by=facilitator,
            seen=TranslationVersion.objects.last().pk if seen else None,
        )
        if title:
            here = words_of(statement, "pnb")

    assert (here.title_here, here.introduction_here, here.language_here) == ("پانی", "تعارف", "ur")
    assert words_of(statement, "ur").language_here == "en"
    assert kinds() == ["conversation.translated", "conversation.untranslated"]


def test_result_that_is_not_translated_yet_is_shown_in_the_original():
    found = factories.conversation(title="Water", result="A pump was built.")
    found.texts.create(language="ur", title="پانی")

    here = wording.conversation_here(found, language="ur")

    assert (here.title_here, here.language_here) == ("پانی", "ur")
    assert (here.result_here, here.result_language_here) == ("A pump was built.", "en")


# The page


def address(statement: Statement, query: str = "language=ur") -> str:
    return f"{statement.conversation.get_absolute_url()}translations/?{query}"


def test_page_lists_what_is_without_a_text_and_takes_one(client: Client, facilitator, statement):
    factories.statement(conversation=statement.conversation).texts.create(language="ur", text=URDU)
    client.force_login(facilitator)

    before = client.get(address(statement))
    kept = client.post(
        address(statement), {"statement": 0, "seen": "", "text": URDU, "source": "machine"}
    )
    after = client.get(kept["Location"])
    everything = client.get(address(statement, "language=ur&all=1"))

    assert [row.statement.number for row in before.context["rows"]] == [0]
    assert kept.status_code == 302
    assert [row.statement for row in after.context["rows"]] == []
    assert [row.statement.number for row in everything.context["rows"]] == [0, 1]
    assert statement.texts.get().source == "machine"
    assert 'lang="ur"' in before.content.decode()


def test_page_removes_a_translation(client: Client, facilitator, statement):
    keep(statement, facilitator)
    statement.conversation.texts.create(language="ur", title="پانی")
    client.force_login(facilitator)
    seen = newest(statement, "ur")

    for form in ({"statement": 0, "seen": seen, "text": URDU, "remove": 1}, {"remove": 1}):
        assert client.post(address(statement), form).status_code == 302

    assert not statement.texts.exists()
    assert not statement.conversation.texts.exists()


def test_page_keeps_what_was_typed_when_somebody_was_faster(client: Client, facilitator, statement):
    keep(statement, facilitator, "دوسرا ترجمہ۔")
    client.force_login(facilitator)

    response = client.post(
        address(statement, "language=ur&all=1"),
        {"statement": 0, "seen": "", "text": URDU, "source": "human"},
    )

    assert response.status_code == 409
    assert URDU in response.content.decode()


@pytest.mark.parametrize(
    "junk",
    [
        {"statement": "999", "text": "x", "source": "human"},
        {"statement": "x", "text": "x", "source": "human"},
        {"statement": "0", "text": "x", "source": "author"},
        {"statement": "0", "text": "", "source": "human"},
        {"statement": "0", "text": "\u202e", "source": "human"},
        {"statement": "0", "text": "x" * 1001, "source": "human"},
        {"seen": "-1", "title": "x"},
        {"title": "", "introduction": "without a title"},
    ],
)
def test_junk_is_answered_with_the_page(client: Client, facilitator, statement, junk):
    client.force_login(facilitator)

    response = client.post(address(statement), junk)

    assert response.status_code in {409, 422}
    assert not TranslationVersion.objects.exists()


def test_page_of_an_unknown_language_is_none(client: Client, facilitator, statement):
    client.force_login(facilitator)

    assert client.get(address(statement, "language=tlh")).status_code == 404


@pytest.mark.parametrize(
    ("role", "status"), [(None, 403), (Role.FACILITATOR, 200), (Role.MODERATOR, 200)]
)
def test_page_is_for_translators(client: Client, statement, role, status):
    person = factories.user()
    if role:
        roles.grant(user=person, role=role)
    client.force_login(person)

    assert client.get(address(statement)).status_code == status


@pytest.mark.parametrize("number", [1, 30])
def test_page_takes_the_same_queries_whatever_its_size(
    client: Client, facilitator, statement, number, django_assert_max_num_queries
):
    for _ in range(number):
        factories.statement(conversation=statement.conversation)
    client.force_login(facilitator)

    with django_assert_max_num_queries(16):
        client.get(address(statement))
