"""LINE, by the Messaging API (developers.line.biz/en/reference/messaging-api)."""
