"""What Messenger, Instagram and WhatsApp have in common: one company's webhooks and its Graph API."""
