"""What mail programs put below an answer, each in its own words and language. The mails are invented."""
