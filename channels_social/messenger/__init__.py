"""Facebook Messenger, for one page (developers.facebook.com/documentation/business-messaging/messenger-platform)."""
