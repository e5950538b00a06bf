"""Words as they are searched: letters' forms, digits and marks make no difference."""

import pytest

from deliberate import folding
from deliberate.models import Conversation, ConversationText, Statement, StatementText
from tests import factories


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Clean water, NOW!", ["clean", "water", "now"]),
        ("كتابي", ["کتابی"]),
        ("کِتاب", ["کتاب"]),
        ("۱۲۳ ١٢٣ １２３", ["123", "123", "123"]),
        ("Õhtul müüakse", ["ohtul", "muuakse"]),
        ("don’t", ["dont"]),
        ("می\u200cخواہم", ["میخواہم"]),
        ("آپ اپنا", ["اپ", "اپنا"]),
        ("हिन्दी", ["हिन्दी"]),
        ("水費 太高", ["水費", "太高"]),
        ("  %_\x00 ", []),
    ],
)
def test_words_pass_over_what_keyboards_differ_in(text: str, words: list[str]) -> None:
    assert folding.words(text) == words


def test_pattern_finds_the_beginning_of_words_and_chinese_anywhere() -> None:
    english, chinese = folding.searchable("Clean water"), folding.searchable("自來水費太高")

    assert folding.pattern("wat") in english
    assert folding.pattern("ater") not in english
    assert folding.pattern("水費") in chinese


@pytest.mark.django_db
def test_searchable_column_follows_its_text_however_it_is_saved() -> None:
    statement = factories.statement(text="Clean water")
    Statement.objects.bulk_create(
        [Statement(conversation=statement.conversation, number=9, text="Roads", language="en")]
    )
    StatementText.objects.create(statement=statement, language="ur", text="صاف پاني")
    text, _made = ConversationText.objects.update_or_create(
        conversation=statement.conversation, language="ur", defaults={"title": "ایک"}
    )
    ConversationText.objects.update_or_create(
        conversation=statement.conversation, language="ur", defaults={"title": "دو"}
    )
    text.refresh_from_db()

    assert list(Statement.objects.values_list("search_words", flat=True)) == [
        " clean water ",
        " roads ",
    ]
    assert StatementText.objects.get().search_words == " صاف پانی "
    assert text.search_words == " دو "
    assert Conversation.objects.get().search_words.startswith(" topic ")
