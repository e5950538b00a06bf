"""The socket's frames: what is understood, and that nothing else gets further."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deliberate import frames
from deliberate.models import Choice


@pytest.mark.parametrize(
    ("sent", "act"),
    [
        (
            {"type": "vote", "id": "a", "content": {"statement": 7, "choice": "pass"}},
            frames.CastVote(statement=7, choice=Choice.PASS),
        ),
        (
            {"type": "statement.submit", "id": 3, "content": {"text": "Water."}},
            frames.SubmitStatement(text="Water."),
        ),
        (
            {"type": "vote.take_back", "id": "a", "content": {"statement": 7}},
            frames.TakeBackVote(statement=7),
        ),
        (
            {"type": "statement.similar", "id": 3, "content": {"text": "Water."}},
            frames.FindSimilar(text="Water."),
        ),
        ({"type": "statement.next", "id": "b", "content": {}}, frames.NextStatement()),
        ({"type": "statement.next", "id": "b"}, frames.NextStatement()),
        ({"type": "sync", "id": "c", "content": {"votes_version": 9}}, frames.Sync(9)),
    ],
)
def test_frame_is_read(sent: dict[str, object], act: frames.Act) -> None:
    frame = frames.parse(json.dumps(sent))

    assert frame == frames.Frame(id=sent["id"], act=act)


VOTE = {"statement": 7, "choice": "agree"}


@pytest.mark.parametrize(
    ("sent", "reply_to"),
    [
        ("", None),
        ("not json", None),
        ("[" * 5000, None),
        ('{"type": "vote", "id": NaN}', None),
        ("null", None),
        ("[]", None),
        ('"vote"', None),
        ("{}", None),
        ({"type": "vote", "content": VOTE}, None),
        ({"type": "vote", "id": None, "content": VOTE}, None),
        ({"type": "vote", "id": True, "content": VOTE}, None),
        ({"type": "vote", "id": "", "content": VOTE}, None),
        ({"type": "vote", "id": "x" * 65, "content": VOTE}, None),
        ({"type": "vote", "id": 1e400, "content": VOTE}, None),
        ({"type": "vote", "id": {}, "content": VOTE}, None),
        ({"type": "vote", "id": "a", "content": VOTE, "admin": True}, "a"),
        ({"type": "close", "id": "a", "content": {}}, "a"),
        ({"type": "vote.take_back", "id": "a", "content": VOTE}, "a"),
        ({"type": "vote.take_back", "id": "a", "content": {"statement": True}}, "a"),
        ({"type": "vote.take_back", "id": "a", "content": {"statement": -1}}, "a"),
        ({"type": "statement.similar", "id": "a", "content": {"text": "\ud800"}}, "a"),
        ({"type": "statement.similar", "id": "a", "content": {}}, "a"),
        ({"type": 7, "id": "a", "content": {}}, "a"),
        ({"type": ["vote"], "id": "a", "content": {}}, "a"),
        ({"id": "a"}, "a"),
        ({"type": "vote", "id": "a"}, "a"),
        ({"type": "vote", "id": "a", "content": None}, "a"),
        ({"type": "vote", "id": "a", "content": []}, "a"),
        ({"type": "vote", "id": "a", "content": {"statement": 7}}, "a"),
        ({"type": "vote", "id": "a", "content": {**VOTE, "as": 1}}, "a"),
        ({"type": "vote", "id": "a", "content": {**VOTE, "statement": "7"}}, "a"),
        ({"type": "vote", "id": "a", "content": {**VOTE, "statement": 7.0}}, "a"),
        ({"type": "vote", "id": "a", "content": {**VOTE, "statement": -1}}, "a"),
        ({"type": "vote", "id": "a", "content": {**VOTE, "statement": True}}, "a"),
        ({"type": "vote", "id": "a", "content": {**VOTE, "statement": 2**31}}, "a"),
        ({"type": "vote", "id": "a", "content": {**VOTE, "choice": 1}}, "a"),
        ({"type": "vote", "id": "a", "content": {**VOTE, "choice": "AGREE"}}, "a"),
        ({"type": "vote", "id": "a", "content": {**VOTE, "choice": None}}, "a"),
        ({"type": "statement.submit", "id": "a", "content": {"text": 7}}, "a"),
        ({"type": "statement.submit", "id": "a", "content": {"text": "\ud800"}}, "a"),
        ({"type": "statement.submit", "id": "a", "content": {}}, "a"),
        ({"type": "statement.next", "id": "a", "content": {"skip": 1}}, "a"),
        ({"type": "sync", "id": "a", "content": {"votes_version": "1"}}, "a"),
        ({"type": "sync", "id": "a", "content": {"votes_version": True}}, "a"),
    ],
)
def test_frame_malformed_is_refused_under_its_id(sent: object, reply_to: str | None) -> None:
    text = sent if isinstance(sent, str) else json.dumps(sent)

    with pytest.raises(frames.MalformedFrame) as refused:
        frames.parse(text)

    assert refused.value.reply_to == reply_to
    assert str(refused.value.sentence)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=8,
)


@given(
    st.dictionaries(
        st.sampled_from(["type", "id", "content", "other"]),
        values | st.sampled_from(["vote", "sync", "statement.next", "statement.submit"]),
    )
)
def test_frame_of_any_shape_is_read_or_refused(sent: dict[str, object]) -> None:
    try:
        frame = frames.parse(json.dumps(sent))
    except frames.MalformedFrame:
        return

    assert isinstance(frame.act, frames.Act)
