"""What is published from a thread is heard by whoever listens on the event loop."""

from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer

from csplatform.live.layer import NewsLayer


async def test_groups_hear_what_a_thread_publishes() -> None:
    layer = get_channel_layer()
    assert isinstance(layer, NewsLayer)
    channels = {group: await layer.new_channel() for group in ("layer.one", "layer.two")}
    for group, channel in channels.items():
        await layer.group_add(group, channel)
    await sync_to_async(layer.publish)({group: {"type": "news", "news": [{"of": group}]} for group in channels})
    for group, channel in channels.items():
        assert await layer.receive(channel) == {"type": "news", "news": [{"of": group}]}
    await layer.flush()
