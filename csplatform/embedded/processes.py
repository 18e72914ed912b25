"""Starting programs so that none outlives us, and finding those that an earlier run left behind."""

import ctypes
import os
import signal
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import psutil

_PR_SET_PDEATHSIG = 1  # prctl(2)
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def end_with_parent(by: signal.Signals) -> Callable[[], None] | None:
    """Return a `preexec_fn` through which Linux sends `by` to the child when the starting thread ends.

    This covers a `kill -9` of the parent. Other systems have no such promise: None there.
    """
    libc = _libc
    if libc is None:
        return None
    parent = os.getpid()

    def ask_kernel() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, int(by), 0, 0, 0)
        if os.getppid() != parent:  # it ended before the kernel was asked
            os._exit(1)

    return ask_kernel


def running_in(directory: Path, program: str) -> list[psutil.Process]:
    """Return the processes named `program` that work in `directory`, oldest first.

    Both servers change into their data directory, so this finds ours and no other, whatever a stale pid
    file says.
    """
    wanted = str(directory.resolve())
    found = []
    for process in psutil.process_iter():
        try:
            if process.name() == program and process.cwd() == wanted:
                found.append(process)
        except psutil.Error:
            continue  # ended meanwhile, or another user's
    return sorted(found, key=lambda process: (process.create_time(), process.pid))


def end(processes: Iterable[psutil.Process], by: signal.Signals, grace: float) -> None:
    """Send `by`, wait up to `grace` seconds, kill what is left; returns when all have ended."""
    asked = list(processes)
    for process in asked:
        _send(process, by)
    for process in _left_after(grace, asked):
        _send(process, signal.SIGKILL)
    _left_after(grace, asked)


def end_group(leader: int, by: signal.Signals) -> None:
    """Signal what is left of the process group that `leader` founded."""
    try:
        os.killpg(leader, by)
    except ProcessLookupError:
        return


def _left_after(seconds: float, processes: Sequence[psutil.Process]) -> list[psutil.Process]:
    """Wait until all have ended, at most `seconds`; returns those that have not."""
    deadline = time.monotonic() + seconds
    while (left := [process for process in processes if _is_alive(process)]) and time.monotonic() < deadline:
        time.sleep(0.02)
    return left


def _is_alive(process: psutil.Process) -> bool:
    """A zombie is not: in a container, nobody may ever collect an orphan's status."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _send(process: psutil.Process, by: signal.Signals) -> None:
    try:
        process.send_signal(by)
    except psutil.NoSuchProcess:
        return
