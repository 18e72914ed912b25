"""Pages under ASGI: one thread for the whole of a request, files piece by piece, connections given back."""

import asyncio
import io
import threading
from typing import Any

import pytest
from asgiref.testing import ApplicationCommunicator
from django.core.signals import request_finished
from django.http import FileResponse, HttpRequest, HttpResponse
from django.urls import path
from pytest_django import Settings

from csplatform.common.one_thread import OneThreadHandler

SIZE = 300_000
threads: list[str] = []


class Note:
    """Middleware that is written for threads only."""

    def __init__(self, get_response: Any) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        threads.append(threading.current_thread().name)
        response: HttpResponse = self._get_response(request)
        return response


def page(request: HttpRequest) -> HttpResponse:
    threads.append(threading.current_thread().name)
    return HttpResponse(request.method + " " + request.body.decode())


def file(request: HttpRequest) -> FileResponse:
    return FileResponse(io.BytesIO(b"x" * SIZE))


urlpatterns = [path("page/", page), path("file/", file)]


@pytest.fixture
def handler(settings: Settings) -> OneThreadHandler:
    settings.ROOT_URLCONF = __name__
    settings.MIDDLEWARE = [f"{__name__}.Note"]
    threads.clear()
    return OneThreadHandler()


def request_for(handler: OneThreadHandler, where: str, method: str = "GET") -> ApplicationCommunicator:
    scope = {
        "type": "http",
        "method": method,
        "path": where,
        "headers": [(b"host", b"testserver")],
        "query_string": b"",
    }
    return ApplicationCommunicator(handler, scope)


async def test_a_request_stays_in_one_thread_and_closes_there(handler: OneThreadHandler) -> None:
    def closed(**_: Any) -> None:
        threads.append(threading.current_thread().name)

    request_finished.connect(closed)
    try:
        line = request_for(handler, "/page/", "POST")
        await line.send_input({"type": "http.request", "body": b"hel", "more_body": True})
        await line.send_input({"type": "http.request", "body": b"lo"})
        assert (await line.receive_output())["status"] == 200
        assert (await line.receive_output())["body"] == b"POST hello"
        await line.wait()
    finally:
        request_finished.disconnect(closed)
    assert len(threads) == 3
    assert len(set(threads)) == 1
    assert threads[0].startswith("request")


async def test_a_file_is_sent_piece_by_piece(handler: OneThreadHandler) -> None:
    line = request_for(handler, "/file/")
    await line.send_input({"type": "http.request"})
    await line.receive_output()
    pieces = []
    while (event := await line.receive_output()).get("more_body"):
        pieces.append(len(event["body"]))
    assert sum(pieces) == SIZE
    assert len(pieces) > 3
    await line.wait()


async def test_requests_do_not_wait_for_each_other(handler: OneThreadHandler) -> None:
    lines = [request_for(handler, "/page/") for _ in range(10)]
    for line in lines:
        await line.send_input({"type": "http.request"})
    assert [one["status"] for one in await asyncio.gather(*(line.receive_output() for line in lines))] == [200] * 10


async def test_a_browser_that_goes_away_first_is_answered_nothing(handler: OneThreadHandler) -> None:
    line = request_for(handler, "/page/")
    await line.send_input({"type": "http.disconnect"})
    await line.wait()
    assert await line.receive_nothing()
    assert threads == []
