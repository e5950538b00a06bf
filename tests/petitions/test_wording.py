"""A petition's words."""

import pytest

from petitions import errors, wording


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("one\r\ntwo", "one\ntwo"),
        ("one\n\n\n\ntwo", "one\n\ntwo"),
        ("  spaces   within \n", "spaces within"),
        ("\n\n", ""),
        ("nul\x00 and \u202eoverride", "nul and override"),
    ],
)
def test_tidy_lines(typed: str, kept: str) -> None:
    assert wording.tidy_lines(typed) == kept
    assert wording.tidy_lines(kept) == kept


@pytest.mark.parametrize(
    ("title", "text"),
    [("", "text"), ("title", ""), ("\u200b", "text"), ("x" * 151, "text"), ("title", "x" * 5001)],
)
def test_checked_refuses_nothing_and_too_much(title: str, text: str) -> None:
    with pytest.raises(errors.WordingRefused):
        wording.checked(title=title, text=text)


def test_fingerprint_tells_title_from_text() -> None:
    one = wording.fingerprint(title="a", text="b\nc", language="en")
    other = wording.fingerprint(title="a b", text="c", language="en")

    assert one != other
    assert one == wording.fingerprint(title="a", text="b\nc", language="en")
    assert len(one) == 64
