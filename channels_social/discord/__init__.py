"""Discord: direct messages with a bot, by the Gateway and the REST API (docs.discord.com/developers)."""
