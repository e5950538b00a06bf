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
        ({"type": "vote", "id": 2**53, "content": VOTE}, None),
        ({"type": "vote", "id": 1.5, "content": VOTE}, None),
        ({"type": "vote", "id": "\ud800", "content": VOTE}, None),
        ('{"type": "sync", "type": "vote", "id": "a"}', None),
        ('{"type": "sync", "id": "a", "content": {"votes_version": 1, "votes_version": 2}}', None),
        ('{"type": "sync", "id": "a", "content": {"votes_version": -Infinity}}', None),
        ('{"type": "statement.next", "id": "a", "content": ' + '{"a":' * 5000 + "}" * 5001, None),
        ('{"type": "sync", "id": "a", "content": {"votes_version": ' + "9" * 5000 + "}}", None),
        ("\ufeff{}", None),
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
        ({"type": "sync", "id": "a", "content": {"votes_version": -1}}, "a"),
        ({"type": "sync", "id": "a", "content": {"votes_version": 2**53}}, "a"),
    ],
)
def test_frame_malformed_is_refused_under_its_id(sent: object, reply_to: str | None) -> None:
    text = sent if isinstance(sent, str) else json.dumps(sent)

    with pytest.raises(frames.MalformedFrame) as refused:
        frames.parse(text)

    assert refused.value.reply_to == reply_to
    assert str(refused.value.sentence)


def test_frame_of_bytes_is_refused() -> None:
    with pytest.raises(frames.MalformedFrame) as refused:
        frames.parse(b'{"type": "statement.next", "id": "a"}')

    assert refused.value.reply_to is None


def test_frame_near_the_end_of_the_stack_is_refused() -> None:
    def deeper(levels: int) -> frames.Frame:
        return frames.parse("[" * 900) if levels == 0 else deeper(levels - 1)

    with pytest.raises(frames.MalformedFrame):
        deeper(100)


@pytest.mark.parametrize(
    ("kind", "reply_to", "text"),
    [
        (frames.Event.TALLY, None, '{"type": "tally", "content": {"votes": 3}}'),
        (frames.Reply.OK, 0, '{"type": "ok", "content": {"votes": 3}, "reply_to": 0}'),
        (frames.Reply.ERROR, "پ", '{"type": "error", "content": {"votes": 3}, "reply_to": "پ"}'),
    ],
)
def test_frame_is_written(kind: frames.Reply | frames.Event, reply_to: object, text: str) -> None:
    assert frames.encode(kind, {"votes": 3}, reply_to=reply_to) == text


whole_numbers = st.integers() | st.sampled_from([0, 2**31 - 1, 2**31, 2**53, -(10**40)])
texts = st.text(max_size=20) | st.text(st.characters(categories=["Cs", "Cc"]), max_size=4)
values = st.recursive(
    st.none() | st.booleans() | whole_numbers | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=8,
)
contents = st.dictionaries(
    st.sampled_from(["statement", "choice", "text", "votes_version", "skip"]),
    values | st.sampled_from(["agree", "pass"]),
)
shapes = st.dictionaries(
    st.sampled_from(["type", "id", "content", "other"]),
    values | contents | st.sampled_from([*frames.READERS, *frames.Event]),
)
likely = st.fixed_dictionaries(
    {
        "type": st.sampled_from([*frames.READERS]),
        "id": whole_numbers | texts | st.uuids().map(str),
        "content": contents,
    }
)


def read_or_refused(sent: str | bytes) -> None:
    try:
        frame = frames.parse(sent)
    except frames.MalformedFrame as refused:
        reply_to, sentence = refused.reply_to, str(refused.sentence)
        assert frames.encode(frames.Reply.ERROR, {"message": sentence}, reply_to=reply_to).encode()
    else:
        assert isinstance(frame.act, frames.Act)
        assert frames.encode(frames.Reply.OK, {}, reply_to=frame.id).encode()


@given(shapes | likely)
def test_frame_of_any_shape_is_read_or_refused(sent: dict[str, object]) -> None:
    read_or_refused(json.dumps(sent))


@given(st.text() | st.binary() | st.text('{}[]",:.-+eE0179 \\ud8truefalsenull'))
def test_frame_of_any_letters_is_read_or_refused(sent: str | bytes) -> None:
    read_or_refused(sent)


@given(likely, st.integers(0, 200), texts)
def test_frame_damaged_on_the_way_is_read_or_refused(
    sent: dict[str, object], place: int, damage: str
) -> None:
    text = json.dumps(sent)

    read_or_refused(text[:place] + damage + text[place + 1 :])
