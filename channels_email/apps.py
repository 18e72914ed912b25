"""Registers this channel."""

from django.apps import AppConfig

from csplatform.gateway import registry


class ChannelsEmailConfig(AppConfig):
    name = "channels_email"

    def ready(self) -> None:
        """Make the channel known; imported here, since it needs the app registry."""
        from channels_email.channel import EmailChannel

        registry.register(EmailChannel)
