"""Mailboxes at a real IMAP server, and accounts that read them."""

import os
from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest
from imapclient import IMAPClient

from channels_email.channel import EmailChannel
from channels_email.transports.imap.fetching import Batch, fetch
from csplatform.gateway.contract import AccountConfig, Cursor, FetchResult
from tests.platforms.dovecot import BINARY, PASSWORD, USER, Dovecot

START = Cursor()
needs_dovecot = pytest.mark.skipif(
    not BINARY or os.geteuid() != 0, reason="needs Dovecot (Debian: dovecot-imapd) and root, who may start it"
)
_numbers = count(1)


def settings_for(port: int, **settings: Any) -> dict[str, Any]:
    """Return the settings of an account that reads a mailbox on this machine."""
    return {"imap_host": "127.0.0.1", "imap_port": port, "imap_security": "none"} | settings


def config(port: int, *, password: str = PASSWORD, **settings: Any) -> AccountConfig:
    """Return what the channel knows of such an account."""
    credentials = {"imap_user": USER, "imap_password": password}
    return AccountConfig(1, "Support", USER, credentials, settings_for(port, **settings))


def bodies(result: FetchResult) -> list[bytes]:
    return [delivery.body for delivery in result.deliveries]


@dataclass
class Box:
    """A folder of a test's own, empty, and the session of somebody else who uses it."""

    server: Dovecot
    client: IMAPClient
    name: str

    @classmethod
    def at(cls, server: Dovecot) -> "Box":
        """Make a folder whose name no other test has."""
        box = cls(server, server.client(), f"box{next(_numbers)}")
        box.client.create_folder(box.name)
        return box

    def put(self, *contents: bytes, folder: str = "", **options: Any) -> None:
        for content in contents:
            self.client.append(folder or self.name, content, **options)

    def uids(self, folder: str = "", criteria: str = "ALL") -> list[int]:
        """Return what is in the folder."""
        self.client.select_folder(folder or self.name, readonly=True)
        return [int(uid) for uid in self.client.search(criteria)]

    def begin_anew(self, *contents: bytes, **options: Any) -> None:
        """Delete the folder with everything in it, and make it again with `contents`."""
        self.client.rename_folder(self.name, f"{self.name}-old")
        self.client.create_folder(self.name)
        self.put(*contents, **options)
        self.client.delete_folder(f"{self.name}-old")

    def config(self, **settings: Any) -> AccountConfig:
        """Return an account that reads this folder."""
        return config(self.server.port, **{"imap_folder": self.name, **settings})

    def fetch(self, cursor: Cursor = START, *, batch: Batch | None = None, **settings: Any) -> FetchResult:
        """Fetch as the channel does."""
        if batch is not None:
            return fetch(self.config(**settings), cursor, batch=batch)
        return EmailChannel(self.config(**settings)).fetch(cursor)
