"""Registers this channel."""

from django.apps import AppConfig

from csplatform.gateway import registry


class ChannelsWebchatConfig(AppConfig):
    name = "channels_webchat"

    def ready(self) -> None:
        from channels_webchat.channel import WebChatChannel

        registry.register(WebChatChannel)
