"""Runs the platform's programs under its own supervisor, as `make up` does: argv is two ports, a directory and names.

A process of its own, since a supervisor listens to signals; whatever ends it ends the programs too.
"""

import os
import sys
from pathlib import Path

from csplatform.embedded.platform import Ports, programs
from csplatform.embedded.supervisor import Supervisor


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> None:
    web, mail, data, *names = sys.argv[1:]
    wanted = [program for program in programs(Ports(int(web), int(mail)), Path(data)) if program.name in names]
    # What is killed every few seconds for half a minute must not be left down for half a minute.
    supervisor = Supervisor(wanted, environ=os.environ, say=_say, longest_pause=1)
    supervisor.run(ready=lambda: True, when_ready=lambda: None)


if __name__ == "__main__":
    main()
