"""`python -m opinion_map`: files in, a map out, a map verified, bad input refused."""

import json
import subprocess
import sys

import pytest

from opinion_map.__main__ import main
from tests.opinion_map.maths.conversations import planted, real

VOTES = "timestamp,datetime,comment-id,voter-id,vote\n"


@pytest.fixture
def files(tmp_path):
    votes = planted(150, 20, 12, seed=1, separation=1.5).votes
    rows = zip(votes.statements, votes.participants, votes.choices, strict=True)
    lines = "".join(f"{at},x,{s},{p},{c}\n" for at, (s, p, c) in enumerate(rows))
    (tmp_path / "votes.csv").write_text(VOTES + lines)
    comments = "".join(f"{s},{-1 if s == 3 else 1}\n" for s in range(22))
    (tmp_path / "comments.csv").write_text(f"comment-id,moderated\n{comments}")
    return tmp_path


def run(folder, *words):
    return main([str(folder / one) if "." in one else one for one in words])


def drawn(files, *more, out="out.json"):
    words = ["compute", "votes.csv", "--statements", "comments.csv", "--json", out, *more]
    assert run(files, *words) == 0
    return json.loads((files / out).read_text())


def test_compute_writes_the_document(files):
    document = drawn(files, "--svg", "out.svg", "--bootstrap", "3")

    assert document["format"] == "opinion-map/1"
    assert set(document) >= {
        "votes_sha256",
        "parameters",
        "participants",
        "groups",
        "statements",
        "consensus",
        "reliable",
        "variance_explained",
    }
    assert set(document["participants"][0]) >= {"id", "x", "y", "group", "votes"}
    assert set(document["groups"][0]) >= {"id", "size", "stability", "representative"}
    assert {pick["choice"] for group in document["groups"] for pick in group["representative"]} <= {
        "agree",
        "disagree",
    }
    ids = [one["id"] for one in document["statements"]]
    assert ids == [one for one in range(22) if one != 3]
    assert (files / "out.svg").read_text().startswith("<svg")


def test_map_does_not_depend_on_the_one_before(files):
    plain = drawn(files)

    following = drawn(files, "--previous", "out.json", out="next.json")

    assert following.pop("display")["letters"]
    assert following == plain


def test_verify_agrees_with_the_votes(files, capsys):
    drawn(files, "--bootstrap", "3")

    code = run(files, "verify", "out.json", "votes.csv", "--statements", "comments.csv")

    assert code == 0
    assert capsys.readouterr().out.startswith("equal")


def test_verify_says_where_a_map_differs(files, capsys):
    document = drawn(files)
    document["groups"][0]["size"] += 1
    (files / "out.json").write_text(json.dumps(document))

    code = run(files, "verify", "out.json", "votes.csv", "--statements", "comments.csv")

    assert code == 1
    assert "$.groups[0].size" in capsys.readouterr().out


def test_verify_finds_a_vote_too_many(files, capsys):
    drawn(files)
    with (files / "votes.csv").open("a") as votes:
        votes.write("9,x,1,9999,1\n")

    assert run(files, "verify", "out.json", "votes.csv", "--statements", "comments.csv") == 1
    assert "votes_sha256" in capsys.readouterr().out


def test_verify_checks_a_public_map(files):
    from opinion_map.maths import compute, public_document, to_json
    from opinion_map.polis_files import read_votes

    map_ = compute(read_votes(files / "votes.csv").votes())
    (files / "public.json").write_text(to_json(public_document(map_)))

    assert run(files, "verify", "public.json", "votes.csv") == 0


def test_groups_can_be_asked_for(files):
    assert len(drawn(files, "--groups", "3")["groups"]) == 3


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("votes.csv", VOTES + "1,x,1,1,1\n1,x,1,1,9\n", "votes.csv:3: a vote is -1, 0 or 1"),
        ("comments.csv", "comment-id,moderated\n1,8\n", "comments.csv:2: moderated is -1, 0 or 1"),
        ("old.json", "{\n!", "old.json:2: not JSON"),
        ("old.json", "[]", "not a map"),
        ("old.json", '{"format": "opinion-map/1"}', "not a whole map"),
    ],
)
def test_bad_input_is_refused_with_file_and_line(files, capsys, name, content, complaint):
    drawn(files, out="old.json")
    (files / name).write_text(content)

    code = run(
        files,
        *[
            "compute",
            "votes.csv",
            "--statements",
            "comments.csv",
            "--json",
            "out.json",
            "--previous",
            "old.json",
        ],
    )

    assert code == 2
    assert complaint in capsys.readouterr().err


def test_verify_refuses_parameters_it_does_not_know(files, capsys):
    document = drawn(files)
    document["parameters"]["colour"] = 1
    (files / "out.json").write_text(json.dumps(document))

    assert run(files, "verify", "out.json", "votes.csv") == 2
    assert "unknown parameters colour" in capsys.readouterr().err


def test_unwritable_result_is_refused(files, capsys):
    assert run(files, "compute", "votes.csv", "--json", "no/such/folder.json") == 2
    assert "no such file" in capsys.readouterr().err


def test_command_runs_without_django_and_without_settings(files):
    words = ["compute", str(files / "votes.csv"), "--json", str(files / "o.json")]
    script = (
        "import sys\n"
        "from opinion_map.__main__ import main\n"
        f"code = main({words!r})\n"
        "assert 'django' not in sys.modules\n"
        "sys.exit(code)\n"
    )

    done = subprocess.run([sys.executable, "-c", script], env={"PATH": ""}, capture_output=True)

    assert (done.returncode, done.stderr) == (0, b"")


def test_command_draws_a_real_conversation(tmp_path):
    from deliberate.polis_files import find
    from tests.opinion_map.maths.conversations import DATA

    real("london.youth.policing")
    folder = DATA / "london.youth.policing"

    code = main(
        [
            "compute",
            str(find(folder, "votes")),
            "--statements",
            str(find(folder, "comments")),
            "--json",
            str(tmp_path / "out.json"),
        ]
    )

    assert code == 0
    assert len(json.loads((tmp_path / "out.json").read_text())["participants"]) == 26
