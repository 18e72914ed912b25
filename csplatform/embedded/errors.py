"""Why the databases or the platform could not run; each message is meant for the person at the terminal."""


class EmbeddedError(Exception):
    """Root of what this package raises."""


class ServerFailed(EmbeddedError):  # noqa: N818  (reads as a sentence where it is raised)
    """A server did not start; the message carries the end of its log."""


class DataDirectoryInUse(EmbeddedError):  # noqa: N818
    """Another process runs the servers of this data directory."""


class PreparationFailed(EmbeddedError):  # noqa: N818
    """Migrating the database or loading the demo failed; its output says why."""
