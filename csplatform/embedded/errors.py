"""Why the databases or the platform could not run; each message is meant for the person at the terminal."""


class EmbeddedError(Exception):
    """Root of what this package raises."""


class ServerFailed(EmbeddedError):
    """A server did not start; the message carries the end of its log."""


class DataDirectoryInUse(EmbeddedError):
    """Another process runs the servers of this data directory."""


class PreparationFailed(EmbeddedError):
    """Migrating the database or loading the demo failed; its output says why."""
