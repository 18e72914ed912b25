"""Runs a supervisor as a program of its own, since it listens to signals: argv is `name=command` pairs.

An argument `valkey:<directory>` adds a Valkey for it to watch.
"""

import os
import sys
from pathlib import Path

from csplatform.embedded.supervisor import Program, Supervisor
from csplatform.embedded.valkey import Valkey


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> None:
    servers, programs = [], []
    for argument in sys.argv[1:]:
        if argument.startswith("valkey:"):
            servers.append(Valkey(Path(argument.removeprefix("valkey:")), port=0, say=say))
        else:
            name, script = argument.split("=", 1)
            programs.append(Program(name, ["/bin/bash", "-c", script], grace=1.0))
    for server in servers:
        server.start()
        say(f"server {server.pid}")
    supervisor = Supervisor(programs, environ=os.environ, servers=servers, say=say)
    supervisor.run(ready=lambda: True, when_ready=lambda: say("ready"))
    for server in servers:
        server.stop()
    say("done")


if __name__ == "__main__":
    main()
