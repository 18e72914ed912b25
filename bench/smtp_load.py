"""Sends mails over several SMTP connections as fast as the server takes them."""

import asyncio
from collections.abc import Iterator, Sequence


def send_all(port: int, mails: Iterator[bytes], recipients: Sequence[str], connections: int) -> int:
    """Send all `mails`, to one recipient each in turn; returns how many were accepted. Raises on any refusal."""
    return asyncio.run(_send_all(port, mails, recipients, connections))


async def _send_all(port: int, mails: Iterator[bytes], recipients: Sequence[str], connections: int) -> int:
    numbered = enumerate(mails)
    async with asyncio.TaskGroup() as tasks:
        running = [tasks.create_task(_session(port, numbered, recipients)) for _ in range(connections)]
    return sum(task.result() for task in running)


async def _session(port: int, mails: Iterator[tuple[int, bytes]], recipients: Sequence[str]) -> int:
    """One connection. Commands go together where the server offers PIPELINING (RFC 2920)."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    await _answer(reader, b"220")
    writer.write(b"EHLO bench.example\r\n")
    pipelines = b"PIPELINING" in await _answer(reader, b"250")
    sent = 0
    for number, mail in mails:
        recipient = recipients[number % len(recipients)].encode()
        commands = [b"MAIL FROM:<bench@customer.example>\r\n", b"RCPT TO:<%b>\r\n" % recipient, b"DATA\r\n"]
        for group in [commands] if pipelines else [[command] for command in commands]:
            writer.write(b"".join(group))
            for command in group:
                await _answer(reader, b"354" if command == b"DATA\r\n" else b"250")
        writer.write(_stuffed(mail) + b".\r\n")
        await writer.drain()
        await _answer(reader, b"250")
        sent += 1
    writer.write(b"QUIT\r\n")
    await _answer(reader, b"221")
    writer.close()
    return sent


def _stuffed(mail: bytes) -> bytes:
    mail = mail.replace(b"\r\n.", b"\r\n..")
    return b"." + mail if mail.startswith(b".") else mail


async def _answer(reader: asyncio.StreamReader, expected: bytes) -> bytes:
    """Read one answer, of several lines perhaps."""
    lines = [await reader.readline()]
    while lines[-1][3:4] == b"-":
        lines.append(await reader.readline())
    if not lines[-1].startswith(expected):
        raise ConnectionError(f"expected {expected!r}, heard {lines!r}")
    return b"".join(lines)
