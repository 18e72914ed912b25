"""What `make up` runs, as data, and the steps around it."""

import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from csplatform.embedded.databases import DATABASE, QUEUE, kept_databases
from csplatform.embedded.errors import PreparationFailed
from csplatform.embedded.ports import LOOPBACK, Say, choose_port
from csplatform.embedded.supervisor import Program, Supervisor

_WEB_PORT, _MAIL_PORT, _SENT_MAIL_PORT = 8000, 8025, 8026


@dataclass(frozen=True)
class Ports:
    """Where customers' browsers and mail servers knock; and where the demo's own mail goes, 0 for any."""

    web: int
    mail: int
    sent_mail: int = 0

    @property
    def web_address(self) -> str:
        return f"http://{LOOPBACK}:{self.web}"


def programs(ports: Ports, data: Path) -> list[Program]:
    """Everything that runs beside the databases, in starting order."""
    python = sys.executable
    celery = [python, "-m", "celery", "--quiet", "-A", "csplatform"]
    # Workers need not know of each other: what they share stands in the database.
    worker = [*celery, "worker", "--without-gossip", "--without-mingle"]
    return [
        Program("web", web_command(ports.web)),
        Program("mail", [python, "manage.py", "serve_mail", f"--port={ports.mail}"]),
        # Hears of mail in IMAP mailboxes as it comes.
        Program("watch", [python, "manage.py", "watch_mail"]),
        # Hears of Discord's messages, which come by a connection of ours only.
        Program("discord", [python, "manage.py", "watch_discord"]),
        Program("worker", [*worker, "-Q", "default", "-c", "2", "-n", "work@%h"]),
        # Deadlines have a worker of their own, so that they never wait behind slow work.
        Program("clocks", [*worker, "-Q", "clocks", "-c", "1", "-n", "clocks@%h"]),
        # Without a pid file: a killed beat would leave one that stops the next.
        Program("beat", [*celery, "beat", "-s", str(data / "beat-schedule"), "--pidfile="]),
        # What the demo's mailbox sends is kept in a folder instead of reaching anybody.
        Program("sent", [*_postbox(python, ports.sent_mail), str(data / "sent-mail")]),
    ]


def web_command(port: int) -> list[str]:
    """The web process on a port of this machine, 0 for any.

    What sockets carry is short: packing it would cost each of them some 40 KiB. No page sends more than a chat's
    largest frame, 64 thousand characters of up to four bytes.
    """
    web = [sys.executable, "-m", "uvicorn", "csplatform.asgi:application", f"--host={LOOPBACK}", f"--port={port}"]
    sockets = ["--ws-per-message-deflate=false", "--ws-max-size=262144"]
    return [*web, "--lifespan=off", "--timeout-graceful-shutdown=5", *sockets]


def _postbox(python: str, port: int) -> list[str]:
    return [python, "-m", "aiosmtpd", "-n", "-l", f"{LOOPBACK}:{port}", "-c", "aiosmtpd.handlers.Mailbox"]


def run_platform(root: Path, data: Path, *, say: Say) -> None:
    """Run the whole platform of the checkout `root`, its data in `data`, until Ctrl-C.

    Raises ServerFailed, DataDirectoryInUse and PreparationFailed.
    """
    with kept_databases(data, say=say) as databases:
        ports = Ports(
            web=choose_port(int(os.environ.get("PORT") or _WEB_PORT), "the web server", say),
            mail=choose_port(int(os.environ.get("MAIL_PORT") or _MAIL_PORT), "the mail server", say),
            sent_mail=choose_port(_SENT_MAIL_PORT, "the demo's outgoing mail", say),
        )
        environ = _environ(databases.environ, ports)
        logins = _prepare(root, environ, ports)
        supervisor = Supervisor(programs(ports, data), environ=environ, servers=databases.servers, say=say)
        supervisor.run(ready=lambda: _is_healthy(ports.web_address), when_ready=lambda: say(_welcome(ports, logins)))
        say("Stopping the databases.")
    say("Stopped.")


def _environ(databases: Mapping[str, str], ports: Ports) -> dict[str, str]:
    return {
        "DJANGO_SETTINGS_MODULE": "csplatform.settings.development",
        "PUBLIC_URL": ports.web_address,
        "PYTHONUNBUFFERED": "1",
        **os.environ,
        DATABASE: databases[DATABASE],
        QUEUE: databases[QUEUE],
    }


def _prepare(root: Path, environ: Mapping[str, str], ports: Ports) -> str:
    """Bring the database up to date; returns what a person needs to log in."""
    done = subprocess.run(
        [sys.executable, "manage.py", "prepare", f"--demo-smtp-port={ports.sent_mail}"],
        cwd=root,
        env={"LOG_LEVEL": "WARNING", **environ},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
        start_new_session=True,
    )
    if done.returncode:
        raise PreparationFailed(f"`manage.py prepare` ended with status {done.returncode}")
    return done.stdout.strip()


def _is_healthy(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/healthz", timeout=1) as answer:  # noqa: S310 (our own address)
            return bool(answer.status == 200)
    except (urllib.error.URLError, TimeoutError, ConnectionError):
        return False


def _welcome(ports: Ports, logins: str) -> str:
    rule = "-" * 72
    lines = [
        rule,
        f"csplatform is up: {ports.web_address}",
        f"Mail is received at {LOOPBACK}, port {ports.mail} (SMTP).",
        *([logins] if logins else []),
        "Ctrl-C stops it; the data stays.",
        rule,
    ]
    return "\n".join(lines)
