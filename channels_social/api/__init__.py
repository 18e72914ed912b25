"""Whatever an organisation builds itself, by signed calls both ways (docs/channels/api.md)."""
