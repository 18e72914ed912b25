"""The whole platform as `make up` starts it."""

import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from csplatform.embedded.databases import DATABASE, QUEUE
from csplatform.embedded.platform import Ports, programs
from csplatform.embedded.ports import choose_port
from tests.embedded.waiting import alive, wait_until

ROOT = Path(__file__).resolve().parent.parent.parent


def start(data: Path, web: int, mail: int) -> "subprocess.Popen[str]":
    environ = {name: value for name, value in os.environ.items() if name not in (DATABASE, QUEUE)}
    environ |= {"DJANGO_SETTINGS_MODULE": "csplatform.settings.development", "PORT": str(web), "MAIL_PORT": str(mail)}
    return subprocess.Popen(
        [sys.executable, "-m", "csplatform.embedded", "up", "--data", str(data)],
        cwd=ROOT, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


def read_until_up(process: "subprocess.Popen[str]") -> list[str]:
    assert process.stdout is not None
    lines: list[str] = []
    for line in process.stdout:
        lines.append(line.rstrip("\n"))
        if lines[-1].startswith("Ctrl-C stops it"):
            return lines
    pytest.fail("it ended before it was up:\n" + "\n".join(lines))


@pytest.fixture
def ports() -> Ports:
    return Ports(web=choose_port(0, "web", print), mail=choose_port(0, "mail", print))


@pytest.fixture
def platform(tmp_path: Path, ports: Ports) -> Iterator["subprocess.Popen[str]"]:
    process = start(tmp_path, ports.web, ports.mail)
    yield process
    process.kill()
    process.communicate()


@pytest.mark.stack
def test_up_serves_until_ctrl_c_and_leaves_no_process(
    platform: "subprocess.Popen[str]", ports: Ports, tmp_path: Path
) -> None:
    lines = read_until_up(platform)
    assert f"csplatform is up: {ports.web_address}" in lines
    assert f"Mail is received at 127.0.0.1, port {ports.mail} (SMTP)." in lines
    with urllib.request.urlopen(f"{ports.web_address}/healthz", timeout=5) as answer:
        assert answer.status == 200
    started = psutil.Process(platform.pid).children(recursive=True)
    assert {"postgres", "valkey-server"} <= {process.name() for process in started}
    platform.send_signal(signal.SIGINT)
    rest, _ = platform.communicate(timeout=60)
    assert platform.returncode == 0
    assert rest.splitlines()[-1] == "Stopped."
    wait_until(lambda: not any(alive(process.pid) for process in started))


def test_every_program_is_listed_once_and_clocks_have_their_own_worker(tmp_path: Path) -> None:
    listed = {program.name: list(program.command) for program in programs(Ports(web=1, mail=2), tmp_path)}
    assert list(listed) == ["web", "mail", "watch", "discord", "worker", "clocks", "beat", "sent"]
    queues = {name: command[command.index("-Q") + 1] for name, command in listed.items() if "-Q" in command}
    assert queues == {"worker": "default", "clocks": "clocks"}
