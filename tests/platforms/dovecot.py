"""A Dovecot of a test's own: a real IMAP server on a free loopback port."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Self

from imapclient import IMAPClient

# Dovecot changes users for login and mail, so only root can start it.
BINARY = shutil.which("dovecot") or next((path for path in ("/usr/sbin/dovecot",) if Path(path).exists()), "")
USER = "support@shop.example"
PASSWORD = "a long imap password"


class Dovecot:
    """Used as a context manager; needs the program with its IMAP part, and root."""

    def __init__(self) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="csplatform-dovecot-"))
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = int(free.getsockname()[1])
        self._server: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.directory.chmod(0o755)
        account = pwd.getpwnam("nobody")
        home = self.directory / "home"
        home.mkdir()
        os.chown(home, account.pw_uid, account.pw_gid)
        (self.directory / "users").write_text(
            f"{USER}:{{PLAIN}}{PASSWORD}:{account.pw_uid}:{account.pw_gid}::{home}::\n"
        )
        (self.directory / "users").chmod(0o644)
        configuration = self.directory / "dovecot.conf"
        configuration.write_text(self._configuration())
        self._server = subprocess.Popen([BINARY, "-F", "-c", str(configuration)])
        self._await_greeting()
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    def stop(self) -> None:
        """End the server; a mailbox stays as it is. May be called twice."""
        if self._server is not None:
            self._server.terminate()
            self._server.wait(timeout=20)
            self._server = None

    def client(self) -> IMAPClient:
        """Return a session of somebody else who uses the mailbox."""
        client = IMAPClient("127.0.0.1", port=self.port, ssl=False, timeout=20)
        client.login(USER, PASSWORD)
        return client

    def _configuration(self) -> str:
        return f"""
            base_dir = {self.directory}/run
            state_dir = {self.directory}/state
            log_path = {self.directory}/log
            protocols = imap
            listen = 127.0.0.1
            ssl = no
            disable_plaintext_auth = no
            default_internal_user = root
            default_login_user = nobody
            first_valid_uid = 1
            first_valid_gid = 1
            mail_location = maildir:~/mail
            passdb {{
              driver = passwd-file
              args = {self.directory}/users
            }}
            userdb {{
              driver = passwd-file
              args = {self.directory}/users
            }}
            service imap-login {{
              chroot =
              inet_listener imap {{
                address = 127.0.0.1
                port = {self.port}
              }}
              inet_listener imaps {{
                port = 0
              }}
            }}
            service anvil {{
              chroot =
            }}
            service stats {{
              chroot =
            }}
        """

    def _await_greeting(self) -> None:
        deadline = time.monotonic() + 20
        while True:
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
                    if connection.recv(10).startswith(b"* OK"):
                        return
            except OSError:
                pass
            if time.monotonic() > deadline:
                log = self.directory / "log"
                raise TimeoutError(log.read_text() if log.exists() else "Dovecot did not start")
            time.sleep(0.05)
