"""A crowd of requests waits for its turn without a thread each."""

import asyncio

from config.serving import Probed, SomeAtOnce


async def test_some_run_at_once_and_the_rest_have_their_turn(settings) -> None:
    settings.ASGI_THREADS = 2
    running, most, served = 0, 0, 0

    async def page(_scope: object, _receive: object, _send: object) -> None:
        nonlocal running, most, served
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.01)
        running -= 1
        served += 1

    bounded = SomeAtOnce(page)
    await asyncio.gather(*(bounded({}, None, None) for _ in range(40)))

    assert (most, served) == (4, 40)


async def test_page_that_fails_gives_its_turn_back(settings) -> None:
    settings.ASGI_THREADS = 1
    served = []

    async def page(scope: dict[str, int], _receive: object, _send: object) -> None:
        if scope["number"] < 4:
            raise ValueError(scope["number"])
        served.append(scope["number"])

    bounded = SomeAtOnce(page)
    await asyncio.gather(
        *(bounded({"number": number}, None, None) for number in range(8)), return_exceptions=True
    )

    assert served == [4, 5, 6, 7]


async def test_probe_is_answered_while_every_page_waits(settings) -> None:
    settings.ASGI_THREADS = 2
    end, served = asyncio.Event(), []

    async def site(scope: dict[str, str], _receive: object, _send: object) -> None:
        if scope["path"] == "/":
            await end.wait()
        served.append(scope["path"])

    probed = Probed(site)
    pages = [asyncio.create_task(probed({"path": "/"}, None, None)) for _ in range(40)]
    await asyncio.sleep(0)
    for path in ("/healthz", "/readyz"):
        await asyncio.wait_for(probed({"path": path}, None, None), 1)
    before = list(served)
    end.set()
    await asyncio.gather(*pages)

    assert before == ["/healthz", "/readyz"]
    assert len(served) == 42
