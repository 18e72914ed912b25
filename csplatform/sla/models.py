"""Deadlines as rows."""
