"""A Dovecot of a test's own: a real IMAP server on free loopback ports, plain with STARTTLS and by TLS.

Given the token endpoint of a sign-in provider's stand-in, it also takes XOAUTH2, and asks there whether a token counts.
"""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Self

from imapclient import IMAPClient

from tests.platforms.certificates import make_certificate

# Dovecot changes users for login and mail, so only root can start it.
BINARY = shutil.which("dovecot") or next((path for path in ("/usr/sbin/dovecot",) if Path(path).exists()), "")
USER = "support@shop.example"
PASSWORD = "a long imap password"


class Dovecot:
    """Used as a context manager; needs the program with its IMAP part, and root."""

    def __init__(self, *, introspection: str = "") -> None:
        self._introspection = introspection
        self.directory = Path(tempfile.mkdtemp(prefix="csplatform-dovecot-"))
        with socket.create_server(("127.0.0.1", 0)) as free, socket.create_server(("127.0.0.1", 0)) as other:
            self.port, self.tls_port = int(free.getsockname()[1]), int(other.getsockname()[1])
        self.certificate = make_certificate(self.directory)
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
        (self.directory / "oauth2.conf").write_text(self._tokens())
        configuration = self.directory / "dovecot.conf"
        configuration.write_text(self._configuration())
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    def start(self) -> None:
        """Start the server; returns once it greets."""
        self._server = subprocess.Popen([BINARY, "-F", "-c", str(self.directory / "dovecot.conf")])
        self._await_greeting()

    def stop(self) -> None:
        """End the server; a mailbox stays as it is. May be called twice."""
        if self._server is not None:
            self._server.terminate()
            self._server.wait(timeout=20)
            self._server = None

    def restart(self) -> None:
        """Stop and start again on the same ports."""
        self.stop()
        self.start()

    def log(self) -> str:
        """What the server has written down."""
        return (self.directory / "log").read_text(errors="replace")

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
            ssl = yes
            ssl_cert = <{self.certificate.certificate}
            ssl_key = <{self.certificate.key}
            disable_plaintext_auth = no
            default_internal_user = root
            default_login_user = nobody
            first_valid_uid = 1
            first_valid_gid = 1
            mail_location = maildir:~/mail
            auth_mechanisms = plain login {"xoauth2" if self._introspection else ""}
            auth_failure_delay = 0
            imap_idle_notify_interval = 2 mins
            mail_max_userip_connections = 200
            {self._token_database() if self._introspection else ""}
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
                address = 127.0.0.1
                port = {self.tls_port}
                ssl = yes
              }}
            }}
            service anvil {{
              chroot =
              # No penalty for wrong passwords: tests would wait for it.
              unix_listener anvil-auth-penalty {{
                mode = 0
              }}
            }}
            service stats {{
              chroot =
            }}
        """

    def _token_database(self) -> str:
        return f"""
            passdb {{
              driver = oauth2
              mechanisms = xoauth2
              args = {self.directory}/oauth2.conf
            }}
        """

    def _tokens(self) -> str:
        return f"""
            introspection_mode = get
            introspection_url = {self._introspection}
            username_attribute = username
            active_attribute = active
            active_value = true
            timeout_msecs = 5000
        """

    def _await_greeting(self) -> None:
        deadline = time.monotonic() + 20
        while True:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
                if connection.recv(10).startswith(b"* OK"):
                    return
            if time.monotonic() > deadline:
                log = self.directory / "log"
                raise TimeoutError(log.read_text() if log.exists() else "Dovecot did not start")
            time.sleep(0.05)
