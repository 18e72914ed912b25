"""Text messages (SMS and MMS) by Twilio (www.twilio.com/docs/messaging)."""
