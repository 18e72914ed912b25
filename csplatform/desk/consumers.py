"""The live wire to an agent's open page. Only ids travel on it; the page asks over HTTP for what it may see.

Page to server, one JSON object a frame:

    {"kind": "hello", "idle": seconds}   every HELLO_EVERY seconds, and on the first move after a while without
    {"kind": "look", "conversation": id or null, "writing": "reply", "note" or ""}   every 4 seconds while looked at
"""

import asyncio
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from channels.generic.websocket import AsyncJsonWebsocketConsumer

from csplatform.desk.admission import Admission, admit
from csplatform.desk.looking import Look, look_at, may_still_see, number_in, show_typing
from csplatform.live.announce import Looking
from csplatform.people.models import User

NOT_LOGGED_IN = 4401
# The page says hello this often (seconds), and is then put into the groups that its agent belongs to by now.
HELLO_EVERY = 30
_LONGEST_IDLE = 24 * 3600
# Seconds after news of what is looked at until it is asked whether that is still for this agent.
CHECK_AFTER = 1


class DeskConsumer(AsyncJsonWebsocketConsumer):
    """Passes news of the groups that the agent belongs to. Closes with 4401 for anybody else."""

    _user: User
    _joined: frozenset[str] = frozenset()
    _look: Look | None = None
    _checking: asyncio.Task[None] | None = None

    async def connect(self) -> None:
        admission = await self._ask()
        await self.accept()
        if await self._let_in(admission):
            await self.send_json({"kind": "hello", "every": HELLO_EVERY})

    async def disconnect(self, code: int) -> None:
        if self._checking:
            self._checking.cancel()
        await self._look_away()
        await self._join(frozenset())

    async def receive_json(self, content: Any, **kwargs: Any) -> None:
        """Take a word of the page; whatever is no look is a hello: see again what its agent may hear."""
        frame = content if isinstance(content, dict) else {}
        if frame.get("kind") == "look" and self._joined:
            await self._see(frame)
        elif await self._let_in(await self._ask(_idle(frame))):
            await self.send_json({"kind": "heard"})  # a page that hears nothing gives the line up
            if self._look:
                await self._check_look()

    async def news(self, event: dict[str, Any]) -> None:
        """Hand what was announced to the page, one by one."""
        for news in event["news"]:
            if news["kind"] == "looking":
                await self._other_looks(news)
                continue
            if news["kind"] == "access" and not await self._let_in(await self._ask()):
                return
            await self.send_json(news)
            if news["kind"] == "access":
                await self._check_look()
            elif self._look and news.get("conversation") == self._look.conversation.pk:
                self._check_soon()

    async def _ask(self, idle: timedelta | None = None) -> Admission | None:
        session = self.scope.get("session")
        return await admit(session.session_key, idle) if session else None

    async def _let_in(self, admission: Admission | None) -> bool:
        """Listen to what the agent may hear, and to nothing else; hang up on whoever is none."""
        await self._join(admission.groups if admission else frozenset())
        if admission is None:
            await self._look_away()
            await self.close(code=NOT_LOGGED_IN)
            return False
        self._user = admission.user
        return True

    async def _join(self, wanted: frozenset[str]) -> None:
        for group in self._joined - wanted:
            await self.channel_layer.group_discard(group, self.channel_name)
        for group in wanted - self._joined:
            await self.channel_layer.group_add(group, self.channel_name)
        self._joined = wanted

    async def _see(self, frame: dict[str, Any]) -> None:
        number = number_in(frame)
        arrived = self._look is None or self._look.conversation.pk != number
        if arrived:
            await self._look_away()
            self._look = await look_at(self._user, number) if number else None
        if self._look is None:
            return
        if arrived:
            await self.channel_layer.group_add(self._look.group, self.channel_name)
        self._look.heard(frame.get("writing"))
        await self._tell(self._look, self._look.news(arrived=arrived))
        if self._look.is_typing_due():
            await show_typing(self._look, self._user)

    async def _look_away(self) -> None:
        look, self._look = self._look, None
        if look:
            await self.channel_layer.group_discard(look.group, self.channel_name)
            await self._tell(look, look.news(left=True))

    def _check_soon(self) -> None:
        """Check the look once for all news of a second: the page, which asks for itself at once, comes first."""
        if self._checking is None or self._checking.done():
            self._checking = asyncio.create_task(self._check_later())

    async def _check_later(self) -> None:
        await asyncio.sleep(CHECK_AFTER)
        await self._check_look()

    async def _check_look(self) -> None:
        if self._look and not await may_still_see(self._user, self._look.conversation.pk):
            await self._look_away()

    async def _other_looks(self, news: dict[str, Any]) -> None:
        look = self._look
        if look is None or news["user"] == self._user.pk or news["conversation"] != look.conversation.pk:
            return
        await self.send_json(news)
        if news["arrived"] and look.is_fresh:
            await self._tell(look, look.news())

    async def _tell(self, look: Look, news: Looking) -> None:
        await self.channel_layer.group_send(look.group, {"type": "news", "news": [asdict(news)]})


def _idle(frame: dict[str, Any]) -> timedelta:
    """Return for how long nothing was moved, as far as the page says."""
    seconds = frame.get("idle")
    return timedelta(seconds=min(max(seconds, 0), _LONGEST_IDLE) if isinstance(seconds, int) else 0)
