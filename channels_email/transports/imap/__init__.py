"""Fetching mail by IMAP (RFC 3501): by UID, never by date or by what has been seen, and without leaving a trace.

`session` speaks to the server, `places` says how far each folder has been read, `fetching` brings what is new.
"""

from channels_email.transports.imap.fetching import fetch

__all__ = ["fetch"]
