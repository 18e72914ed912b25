"""Slack, by the Events API and the Web API (docs.slack.dev)."""
