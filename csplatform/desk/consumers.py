"""The live wire to an agent's open page. Only ids travel on it; the page asks over HTTP for what it may see."""

from typing import Any

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer

from csplatform.live.announce import EVERYTHING, UNASSIGNED_TEAM, person_group, team_group
from csplatform.people.models import User

NOT_LOGGED_IN = 4401
# The page says hello this often (seconds), and is then put into the groups that its agent belongs to by now.
HELLO_EVERY = 30


class DeskConsumer(AsyncJsonWebsocketConsumer):
    """Passes news of the groups that the agent belongs to. Closes with 4401 for anybody else."""

    groups_joined: frozenset[str] = frozenset()

    async def connect(self) -> None:
        wanted = await groups_for(self.scope.get("user"))
        await self.accept()
        if not wanted:
            await self.close(code=NOT_LOGGED_IN)
            return
        await self._join(wanted)
        await self.send_json({"kind": "hello", "every": HELLO_EVERY})

    async def disconnect(self, code: int) -> None:
        await self._join(frozenset())

    async def receive_json(self, content: Any, **kwargs: Any) -> None:
        """Any word of the page is a hello: look again what its agent may hear."""
        wanted = await groups_for(self.scope.get("user"))
        await self._join(wanted)
        if not wanted:
            await self.close(code=NOT_LOGGED_IN)

    async def news(self, event: dict[str, Any]) -> None:
        """Hand what was announced to the page, one by one."""
        for news in event["news"]:
            await self.send_json(news)

    async def _join(self, wanted: frozenset[str]) -> None:
        for group in self.groups_joined - wanted:
            await self.channel_layer.group_discard(group, self.channel_name)
        for group in wanted - self.groups_joined:
            await self.channel_layer.group_add(group, self.channel_name)
        self.groups_joined = wanted


@database_sync_to_async
def groups_for(user: Any) -> frozenset[str]:
    """Return the groups whose news `user` may hear at this moment; none for whoever does not work here."""
    if not isinstance(user, User):
        return frozenset()
    fresh = User.objects.filter(pk=user.pk, is_active=True).first()
    if fresh is None:
        return frozenset()
    if fresh.sees_everything:
        return frozenset({EVERYTHING, person_group(fresh.pk)})
    teams = fresh.teams.values_list("pk", flat=True)
    return frozenset({UNASSIGNED_TEAM, person_group(fresh.pk), *(team_group(pk) for pk in teams)})
