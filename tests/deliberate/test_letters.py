"""The language of a text is told from its letters and from what is expected."""

import pytest

from deliberate import letters


@pytest.mark.parametrize(
    ("text", "expected", "language"),
    [
        ("Uber 應該納管，乘客要有保險", "", "zh-hant"),
        ("صاف پانی سب کا حق ہے", "", "ur"),
        ("صاف پاڻي", "sd", "sd"),
        ("Roads first", "", "en"),
        ("Teed enne", "et", "et"),
        ("Roads first", "zh-hant", "en"),
        ("17!", "ur", "ur"),
        ("17!", "", "en"),
    ],
)
def test_language_follows_the_letters_and_what_is_expected(text, expected, language):
    assert letters.language_of(text, expected=expected) == language
