"""Counts the queries of pages, run beside the benchmark's server: `name TAB path TAB session`…"""

import json
import os
import sys


def main(*pages: str) -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    import django

    django.setup()
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    counted = {}
    for line in pages:
        name, path, session = line.split("\t")
        client = Client(headers={"host": "localhost"})
        client.cookies["django_language"] = "ur"
        if session:
            client.cookies["sessionid"] = session
        # What is remembered by the process, such as content types, is asked for once.
        client.get(path)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get(path)
        counted[name] = len(queries)
    print(json.dumps(counted))


if __name__ == "__main__":
    main(*sys.argv[1:])
