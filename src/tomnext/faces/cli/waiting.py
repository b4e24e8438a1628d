"""A progress bar on standard error for what takes longer than two seconds."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress


@contextmanager
def waiting(what: str) -> Iterator[Callable[[float], None]]:
    """Show a bar while the block runs; call what is given with the share done (0–1)."""
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=1.0)

        def tell(done: float) -> None:
            bar.update(task, completed=done)

        yield tell
