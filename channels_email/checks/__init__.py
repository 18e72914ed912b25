"""Trying a mailbox's settings out, step by step, in words that say what to do."""
