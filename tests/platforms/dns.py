"""A name server for tests: it answers over UDP and TCP, with what a test wrote down and nothing else."""

import socketserver
import struct
import threading
from typing import Any, Self

import dns.flags
import dns.message
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset

SHORTEST_UDP = 512
_PIECE = 255


class DnsStandIn:
    """Used as a context manager. `records` maps names to TXT records; what is not there does not exist.

    A name in `silent` gets no answer, one in `broken` hears SERVFAIL. `asked` lists the names in the order they came.
    """

    def __init__(self) -> None:
        self.records: dict[str, list[bytes]] = {}
        self.silent: set[str] = set()
        self.broken: set[str] = set()
        self.asked: list[str] = []
        self._servers: list[socketserver.BaseServer] = []
        self._threads: list[threading.Thread] = []

    @property
    def address(self) -> str:
        """What to enter in DNS_SERVERS."""
        return f"127.0.0.1:{self._port}"

    def __enter__(self) -> Self:
        stand_in = self

        class OverUdp(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                data, connection = self.request
                answer = stand_in.answer(data, limit=SHORTEST_UDP)
                if answer:
                    connection.sendto(answer, self.client_address)

        class OverTcp(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                (length,) = struct.unpack("!H", self.rfile.read(2))
                answer = stand_in.answer(self.rfile.read(length), limit=65_535)
                self.wfile.write(struct.pack("!H", len(answer)) + answer)

        tcp, udp = self._bind(OverTcp, OverUdp)
        self._servers = [tcp, udp]
        self._port = udp.server_address[1]
        self._threads = [threading.Thread(target=server.serve_forever, args=(0.05,)) for server in self._servers]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()
        for thread in self._threads:
            thread.join()

    @staticmethod
    def _bind(over_tcp: Any, over_udp: Any) -> tuple[socketserver.TCPServer, socketserver.UDPServer]:
        """Listen on one port with both; where it is free for one only, on another."""
        for _try in range(50):
            udp = socketserver.ThreadingUDPServer(("127.0.0.1", 0), over_udp)
            try:
                return socketserver.ThreadingTCPServer(udp.server_address, over_tcp), udp
            except OSError:
                udp.server_close()
        raise OSError("no port is free for both UDP and TCP")

    def answer(self, data: bytes, *, limit: int) -> bytes:
        """Return the answer to one query; empty for silence. Raises what is wrong with a query that is no query."""
        query = dns.message.from_wire(data)
        (question,) = query.question
        assert query.flags & dns.flags.RD, "a stub resolver asks for recursion"
        assert question.rdtype == dns.rdatatype.TXT
        name = question.name.to_text(omit_final_dot=True).lower()
        self.asked.append(name)
        if name in self.silent:
            return b""
        reply = dns.message.make_response(query, recursion_available=True)
        if name in self.broken:
            reply.set_rcode(dns.rcode.SERVFAIL)
        elif name not in self.records:
            reply.set_rcode(dns.rcode.NXDOMAIN)
        elif self.records[name]:
            texts = map(_quoted, self.records[name])
            reply.answer.append(dns.rrset.from_text_list(question.name, 60, dns.rdataclass.IN, "TXT", list(texts)))
        wire = reply.to_wire(max_size=65_535)
        if len(wire) <= limit:
            return wire
        reply.answer.clear()
        reply.flags |= dns.flags.TC
        return reply.to_wire()


def _quoted(text: bytes) -> str:
    """Return a TXT record as a zone file has it: in pieces, with what is special escaped."""
    pieces = [text[at : at + _PIECE] for at in range(0, len(text), _PIECE)] or [b""]
    return " ".join('"' + "".join(f"\\{byte:03d}" for byte in piece) + '"' for piece in pieces)
