"""What the supervisor promises about real processes."""

import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from tests.embedded.waiting import alive, wait_until

ROOT = Path(__file__).resolve().parent.parent.parent
WAIT = "while true; do sleep 0.05; done"


class Supervised:
    """A supervisor in a process of its own, and what it has said so far."""

    def __init__(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.embedded.supervised", *arguments],
            cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        self.lines: list[str] = []

    def read_until(self, pattern: str) -> "re.Match[str]":
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))
            if found := re.fullmatch(pattern, self.lines[-1]):
                return found
        pytest.fail(f"ended without {pattern!r}; it said {self.lines}")

    def interrupt(self, by: signal.Signals = signal.SIGINT) -> int:
        """Ask it to end; returns its exit status."""
        self.process.send_signal(by)
        assert self.process.stdout is not None
        self.lines += self.process.stdout.read().splitlines()
        return self.process.wait()


@pytest.fixture
def supervise() -> Iterator[Callable[..., Supervised]]:
    started: list[Supervised] = []

    def start(*arguments: str) -> Supervised:
        started.append(Supervised(*arguments))
        return started[-1]

    yield start
    for supervised in started:
        supervised.process.kill()
        supervised.process.communicate()


def test_output_carries_the_name_of_its_program(supervise: Callable[..., Supervised]) -> None:
    supervised = supervise(f"web=echo serving 你好; {WAIT}", f"worker=echo working >&2; {WAIT}")
    assert supervised.read_until(r"web    \| serving 你好")
    supervised = supervise(f"web={WAIT}", f"worker=echo working >&2; {WAIT}")
    assert supervised.read_until(r"worker \| working")


def test_a_program_that_dies_is_started_again_after_a_growing_pause(supervise: Callable[..., Supervised]) -> None:
    supervised = supervise("web=echo run; exit 3", f"worker={WAIT}")
    supervised.read_until(r"web ended with status 3; starting it again in 1 s\.")
    supervised.read_until(r"web    \| run")
    supervised.read_until(r"web ended with status 3; starting it again in 2 s\.")
    assert supervised.interrupt() == 0
    assert supervised.lines[-1] == "done"


def test_a_killed_program_takes_its_children_along_and_comes_back(supervise: Callable[..., Supervised]) -> None:
    supervised = supervise(f"worker=sleep 600 & echo $$ $!; {WAIT}")
    leader, child = map(int, supervised.read_until(r"worker \| (\d+) (\d+)").groups())
    psutil.Process(leader).kill()
    supervised.read_until(r"worker was ended by signal 9; starting it again in 1 s\.")
    again, _ = map(int, supervised.read_until(r"worker \| (\d+) (\d+)").groups())
    assert again != leader
    wait_until(lambda: not alive(child))


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_it_ends_what_it_started_last_first_and_nothing_else(
    supervise: Callable[..., Supervised], by: signal.Signals
) -> None:
    bystander = subprocess.Popen(["/bin/bash", "-c", WAIT])
    try:
        script = "trap 'echo bye; exit' TERM; echo $$; " + WAIT
        supervised = supervise(f"one={script}", f"two={script}", f"three={script}")
        started = {}
        while len(started) < 3:
            name, pid = supervised.read_until(r"(\w+) +\| (\d+)").groups()
            started[name] = int(pid)
        assert supervised.interrupt(by) == 0
        assert not any(alive(pid) for pid in started.values())
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()
    assert [line for line in supervised.lines if "bye" in line] == ["three | bye", "two   | bye", "one   | bye"]


def test_a_program_deaf_to_asking_is_killed_with_its_children(supervise: Callable[..., Supervised]) -> None:
    supervised = supervise(f"deaf=trap '' TERM; sleep 600 & echo $$ $!; {WAIT}")
    pids = [int(pid) for pid in supervised.read_until(r"deaf \| (\d+) (\d+)").groups()]
    assert supervised.interrupt() == 0
    assert "deaf did not end in time and is killed." in supervised.lines
    wait_until(lambda: not any(alive(pid) for pid in pids))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends children with their parent")
def test_children_do_not_outlive_a_killed_supervisor(supervise: Callable[..., Supervised]) -> None:
    supervised = supervise(f"web=trap '' TERM; echo $$; {WAIT}")
    child = int(supervised.read_until(r"web \| (\d+)")[1])
    assert alive(child)
    supervised.process.send_signal(signal.SIGKILL)
    wait_until(lambda: not alive(child))


def test_a_server_that_dies_is_started_again(supervise: Callable[..., Supervised], tmp_path: Path) -> None:
    supervised = supervise(f"valkey:{tmp_path}", f"web={WAIT}")
    killed = int(supervised.read_until(r"server (\d+)")[1])
    supervised.read_until("ready")
    psutil.Process(killed).kill()
    supervised.read_until("Valkey ended; starting it again.")
    assert supervised.interrupt() == 0
