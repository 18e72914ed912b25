"""Telegram, by the Bot API (core.telegram.org/bots/api)."""
