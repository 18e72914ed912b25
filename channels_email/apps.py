"""Registers this channel."""

from django.apps import AppConfig


class ChannelsEmailConfig(AppConfig):
    name = "channels_email"
