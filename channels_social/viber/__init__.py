"""Viber bots, by the REST Bot API (developers.viber.com/docs/api/rest-bot-api, creators.viber.com/docs/bots-api)."""
