"""WhatsApp, by Meta's Cloud API (developers.facebook.com/documentation/business-messaging/whatsapp)."""
