"""What a contribution may not do: write, or leave the session in another state than it found it."""

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def discard_writes() -> Iterator[None]:
    """Run a read-time hook."""
    yield
