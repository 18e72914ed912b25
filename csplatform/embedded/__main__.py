"""`python -m csplatform.embedded up` and `python -m csplatform.embedded run -- command …`."""

import argparse
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType

import environ

from csplatform.embedded.databases import kept_databases, running_databases, throwaway_databases
from csplatform.embedded.errors import DataDirectoryInUse, EmbeddedError
from csplatform.embedded.platform import run_platform

_ROOT = Path(__file__).resolve().parent.parent.parent


def main(arguments: Sequence[str] | None = None) -> int:
    """Return the exit status: that of the command run, 1 for a failure told on stderr, 130 for Ctrl-C."""
    options = _parser().parse_args(arguments)
    environ.Env.read_env(_ROOT / ".env")
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _leave)
    try:
        if options.action == "up":
            run_platform(_ROOT, options.data, say=_say)
            return 0
        return _run(options.command, options.data, throwaway=options.throwaway)
    except EmbeddedError as failure:
        print(failure, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m csplatform.embedded", description=__doc__)
    data = argparse.ArgumentParser(add_help=False)
    data.add_argument("--data", type=Path, default=_ROOT / ".data", help="where the databases are kept")
    actions = parser.add_subparsers(dest="action", required=True)
    actions.add_parser("up", parents=[data], help="run the whole platform until Ctrl-C")
    run = actions.add_parser("run", parents=[data], help="run a command with both databases at hand")
    run.add_argument("--throwaway", action="store_true", help="use fresh databases and remove them")
    run.add_argument("command", nargs="+")
    return parser


def _run(command: Sequence[str], data: Path, *, throwaway: bool) -> int:
    """Run `command` with DATABASE_URL and REDIS_URL set; a running platform's databases are shared."""
    if throwaway:
        with throwaway_databases(say=_say_aside) as databases:
            return _call(command, databases.environ)
    try:
        with kept_databases(data, say=_say_aside) as databases:
            return _call(command, databases.environ)
    except DataDirectoryInUse:
        return _call(command, running_databases(data))


def _call(command: Sequence[str], databases: Mapping[str, str]) -> int:
    # Ctrl-C reaches the command itself, which decides what it means; we only wait for its end.
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        return subprocess.run(
            command,
            env={**os.environ, **databases},
            check=False,
            preexec_fn=_listen_to_ctrl_c,
        ).returncode
    finally:
        signal.signal(signal.SIGINT, before)


def _listen_to_ctrl_c() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _leave(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


def _say(line: str) -> None:
    # One write a line: several threads speak.
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _say_aside(line: str) -> None:
    sys.stderr.write(line + "\n")


if __name__ == "__main__":
    sys.exit(main())
