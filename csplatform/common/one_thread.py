"""Django's pages under ASGI, each request in one thread from end to end."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import IO, Any, ClassVar, cast

from asgiref.sync import SyncToAsync
from django.core import signals
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.http import FileResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import set_script_prefix

Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
# Requests that are worked on at once; more of them wait for a thread. The database's pool is smaller still.
MOST_AT_ONCE = 40


class OneThreadHandler(ASGIHandler):
    """Answers as Django's own handler does, for views and middleware that are all synchronous.

    Django's handler goes to and fro between the event loop and a thread for every signal, for each middleware that is
    not written both ways, and for the view: some six times a request, and each time waits for its turn on a busy
    machine. Here a request goes once. It is not cancelled when its browser goes away.
    """

    threads: ClassVar = ThreadPoolExecutor(MOST_AT_ONCE, "request")

    def __init__(self) -> None:
        super(ASGIHandler, self).__init__()  # Django's would load the middleware for coroutines
        self.load_middleware(is_async=False)

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            body = await self.read_body(receive)
        except RequestAborted:
            return
        response = await self._in_thread(self._answer, scope, body)
        if isinstance(response, StreamingHttpResponse):
            await self._stream(response, send)
        else:
            await self.send_response(response, send)

    async def _stream(self, response: StreamingHttpResponse, send: Send) -> None:
        """Send what is read piece by piece, so that a large file is never in memory as a whole."""
        pieces = iter(cast("Iterable[bytes]", response.streaming_content))  # no view here makes asynchronous ones

        async def read() -> AsyncIterator[bytes]:
            while (piece := await self._in_thread(next, pieces, None)) is not None:
                yield piece

        response.streaming_content = read()
        try:
            await self.send_response(response, send)
        finally:
            await self._in_thread(response.close)

    def _answer(self, scope: Any, body: IO[bytes]) -> HttpResponseBase:
        """Return the answer; a whole one is closed already, which gives the database connection back."""
        set_script_prefix(get_script_prefix(scope))
        signals.request_started.send(sender=self.__class__, scope=scope)
        request, refusal = self.create_request(scope, body)
        response: Any = refusal if request is None else self.get_response(request)
        response._handler_class = self.__class__
        response._resource_closers.append(body.close)
        if isinstance(response, FileResponse):
            response.block_size = self.chunk_size
        if not response.streaming:
            response.close()
        return cast("HttpResponseBase", response)

    async def _in_thread(self, work: Callable[..., Any], *arguments: Any) -> Any:
        return await SyncToAsync(work, thread_sensitive=False, executor=self.threads)(*arguments)
