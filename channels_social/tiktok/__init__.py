"""TikTok, by the Business Messaging API (business-api.tiktok.com/portal/docs)."""
