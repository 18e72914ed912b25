"""X, by the X Activity API and the direct messages of API v2 (docs.x.com)."""
