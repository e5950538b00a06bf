"""A small Polis export for tests: written into a folder, and imported from there."""

from io import StringIO
from pathlib import Path

from django.core.management import call_command

COMMENTS = """\
timestamp,datetime,comment-id,author-id,agrees,disagrees,moderated,comment-body
1500000000000,x,0,0,0,0,1,"Wells first, then roads."
1500000001000,x,1,1,0,0,0,"=SUM(1)
in two lines"
1500000002000,x,2,0,0,0,-1,
"""
VOTES = """\
timestamp,datetime,comment-id,voter-id,vote
1500000010000,x,0,0,1
1500000011000,x,0,1,-1
1500000013000,x,0,1,1
1500000012000,x,0,1,-1
1500000010500,x,1,0,0
1500000014000,x,2,7,1
"""
MATRIX = """\
participant,xid,group-id,n-comments,n-votes,n-agree,n-disagree,0,1,2
0,,0,2,2,1,0,1,0,
1,,,1,1,1,0,1,,
7,,,0,1,1,0,,,1
"""
SUMMARY = 'topic,Wells\nurl,https://pol.is/2demo\nconversation-description,"Which, and\nwhy?"\n'
FILES = {"comments": COMMENTS, "votes": VOTES, "summary": SUMMARY}


def write(folder: Path, **files: str) -> Path:
    for name, text in (FILES | files).items():
        (folder / f"{name.replace('_', '-')}.csv").write_text(text, encoding="utf-8")
    return folder


def run(folder: Path, **options: str) -> str:
    out = StringIO()
    call_command("import_polis", str(folder), **({"slug": "wells"} | options), stdout=out)
    return out.getvalue()
