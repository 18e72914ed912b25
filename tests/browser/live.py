"""A real web process on the test database, for browsers to talk to."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

from django.conf import settings
from django.db import connection

ROOT = Path(__file__).resolve().parents[2]
_STARTING_SECONDS = 60


class LiveStack:
    """uvicorn with this project; `url` has no trailing slash. No worker runs beside it: tests play its part."""

    def __init__(self) -> None:
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None
        self._log = Path(tempfile.mkstemp(prefix="csplatform-live-", suffix=".log")[1])

    @property
    def log(self) -> str:
        """What the process printed so far."""
        return self._log.read_text(errors="replace")

    def start(self) -> None:
        """Start it where it does not run; returns when it answers."""
        if self._process is not None and self._process.poll() is None:
            return
        command = [sys.executable, "-m", "uvicorn", "csplatform.asgi:application", "--lifespan", "off"]
        command += ["--host", "127.0.0.1", "--port", str(self.port), "--log-level", "warning"]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(command, cwd=ROOT, env=self._environment(), stdout=log, stderr=log)
        self._wait(self._process)

    def kill(self) -> None:
        """End it as a crash would; `start` brings it back under the same address."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def close(self) -> None:
        """End it for good."""
        self.kill()
        self._log.unlink(missing_ok=True)

    def _environment(self) -> dict[str, str]:
        database = connection.settings_dict
        login = f"{quote(database['USER'])}:{quote(database['PASSWORD'])}"
        place = f"{database['HOST']}:{database['PORT']}/{database['NAME']}"
        return os.environ | {
            "DJANGO_SETTINGS_MODULE": "tests.browser.live_settings",
            "DATABASE_URL": f"postgresql://{login}@{place}",
            "DATABASE_POOL": "true",
            "MEDIA_ROOT": str(settings.MEDIA_ROOT),
            "PUBLIC_URL": self.url,
            "PYTHONPATH": str(ROOT),
        }

    def _wait(self, process: "subprocess.Popen[bytes]") -> None:
        deadline = time.monotonic() + _STARTING_SECONDS
        while time.monotonic() < deadline:
            if process.poll() is not None:
                raise RuntimeError(f"the web process ended at once:\n{self.log}")
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        raise RuntimeError(f"the web process did not answer:\n{self.log}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
