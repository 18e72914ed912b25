"""Registers this channel."""

from django.apps import AppConfig


class ChannelsWebchatConfig(AppConfig):
    name = "channels_webchat"
