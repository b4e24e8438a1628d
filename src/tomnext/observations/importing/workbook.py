"""The cells of an Excel workbook, opened in a process of its own that may fail without harm."""

import atexit
import contextlib
import io
import json
import os
import subprocess
import sys
import threading
from difflib import get_close_matches
from typing import Any

import polars as pl

from tomnext.observations.importing.payload import FileBytes, refuse_unsafe_workbook
from tomnext.vocabulary.errors import SourceFormatError
from tomnext.vocabulary.words import Text

LONGEST_WAIT_SECONDS = 60.0
"""How long one workbook may take before its process is ended."""


def worksheet(payload: FileBytes, sheet: str | int | None) -> pl.DataFrame:
    """Every cell of a worksheet as text, row 1 first, columns ``c0``, ``c1`` …; numbers with all their digits.

    ``sheet`` is a name, a number from 1, or nothing for the first. SourceFormatError when the workbook is damaged,
    would unpack or grow beyond its limits, takes too long, or has no such sheet.
    """
    refuse_unsafe_workbook(payload)
    header, cells = _WORKER.ask(payload.content, sheet)
    problem = header.get("problem")
    if problem is None:
        return pl.read_ipc(io.BytesIO(cells))
    names = header.get("sheets")
    if names is not None:
        raise SourceFormatError(
            Text("The workbook has no such sheet.", "活頁簿沒有這個工作表。"),
            received=f"{payload.name}: {sheet}",
            expected=", ".join(names),
            nearest=get_close_matches(str(sheet), names),
        )
    raise SourceFormatError(
        Text("The workbook cannot be read.", "活頁簿無法讀取。"), received=f"{payload.name}: {problem}"
    )


class _Worker:
    """One worker process, started on first use and again after it had to be ended; asked by one thread at a time."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    def ask(self, content: bytes, sheet: str | int | None) -> tuple[dict[str, Any], bytes]:
        """The worker's header and the cells; a header with a ``problem`` when it did not survive the workbook."""
        with self._lock:
            process = self._started()
            assert process.stdin is not None
            assert process.stdout is not None
            impatience = threading.Timer(LONGEST_WAIT_SECONDS, process.kill)
            impatience.start()
            try:
                request = json.dumps({"sheet": sheet, "size": len(content)}).encode() + b"\n"
                process.stdin.write(request + content)
                process.stdin.flush()
                header = json.loads(process.stdout.readline())
                return header, process.stdout.read(header.get("size", 0))
            except (OSError, ValueError):
                self._end()
                return {"problem": "it needs more memory or time than any ordinary workbook"}, b""
            finally:
                impatience.cancel()

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            command = [sys.executable, "-P", "-m", "tomnext.observations.importing.workbook_worker"]
            path = os.pathsep.join(filter(None, sys.path))
            environment = {**os.environ, "POLARS_MAX_THREADS": "1", "PYTHONPATH": path}
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment
            )
        return self._process

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self.close()

    def close(self) -> None:
        """Let the process end."""
        if self._process is not None:
            for pipe in (self._process.stdin, self._process.stdout):
                if pipe is not None:
                    with contextlib.suppress(OSError):
                        pipe.close()
            self._process.wait()
            self._process = None


_WORKER = _Worker()
atexit.register(_WORKER.close)
