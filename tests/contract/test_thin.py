"""A channel is thin: what the core asks stands in one short file, and all platforms' such files read alike."""

from importlib import import_module
from pathlib import Path
from statistics import median

from csplatform.gateway import registry


def lengths() -> dict[str, int]:
    """Return how many lines each social channel's `channel.py` has, by slug."""
    social = [known for known in registry.all_channels() if known.__module__.startswith("channels_social.")]
    files = {known.slug: Path(str(import_module(known.__module__).__file__)) for known in social}
    assert {file.name for file in files.values()} == {"channel.py"}
    return {slug: len(file.read_text().splitlines()) for slug, file in files.items()}


def test_half_of_the_channels_have_fewer_than_150_lines() -> None:
    found = lengths()
    assert len(found) > 10
    assert median(found.values()) < 150, found
