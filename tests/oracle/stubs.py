"""Local servers that stand in for the services the fixtures talk to: HTTP, Redis, SMTP."""

from __future__ import annotations

import json
import os
import socketserver
import threading
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import MappingProxyType

ANSWER: Mapping[str, object] = MappingProxyType(
    {"count": 3, "price": 9, "tracking": "T1", "status": "ok", "token": "t", "score": 0.5}
)
"""All that any of the fixtures reads from an answer."""

NULL = b"$-1\r\n"
REPLIES: Mapping[bytes, bytes] = MappingProxyType(
    {
        b"CLIENT": b"+OK\r\n",
        b"GET": NULL,
        b"HELLO": b"%2\r\n$6\r\nserver\r\n$5\r\nredis\r\n$5\r\nproto\r\n:3\r\n",
        b"HGETALL": b"%0\r\n",
        b"MGET": b"*2\r\n" + NULL + NULL,
        b"SELECT": b"+OK\r\n",
        b"SET": b"+OK\r\n",
    }
)


class HttpStub(BaseHTTPRequestHandler):
    """Answers every request alike, but is out of stock."""

    def answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = json.dumps(dict(ANSWER)).encode()
        self.send_response(409 if self.path.startswith("/reserve") else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = answer  # noqa: N815 - the base class's names

    def log_message(self, *_: object) -> None:
        pass


class RedisStub(socketserver.StreamRequestHandler):
    """An empty store."""

    def handle(self) -> None:
        null = NULL
        while line := self.rfile.readline():
            parts = []
            for _ in range(int(line[1:])):
                size = int(self.rfile.readline()[1:])
                parts.append(self.rfile.read(size + 2)[:-2])
            verb = parts[0].upper()
            if verb == b"HELLO":
                null = b"_\r\n"
            self.wfile.write(REPLIES.get(verb, b":1\r\n").replace(NULL, null))


class SmtpStub(socketserver.StreamRequestHandler):
    """Takes every message."""

    def handle(self) -> None:
        self.wfile.write(b"220 stub\r\n")
        while line := self.rfile.readline():
            verb = line[:4].upper().strip()
            if verb == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                while self.rfile.readline() not in (b".\r\n", b""):
                    pass
            elif verb == b"QUIT":
                self.wfile.write(b"221 bye\r\n")
                return
            self.wfile.write(b"250 ok\r\n")


class Server(socketserver.ThreadingTCPServer):
    """A server whose connections do not keep it alive."""

    allow_reuse_address = True
    daemon_threads = True


def start_stubs() -> tuple[int, dict[str, int]]:
    """Start the servers in a process of their own; its id and each port come back."""
    reading, writing = os.pipe()
    if process := os.fork():
        os.close(writing)
        with os.fdopen(reading) as pipe:
            return process, json.loads(pipe.readline())
    os.close(reading)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    servers: dict[str, socketserver.TCPServer] = {
        "http": ThreadingHTTPServer(("127.0.0.1", 0), HttpStub),
        "redis": Server(("127.0.0.1", 0), RedisStub),
        "smtp": Server(("127.0.0.1", 0), SmtpStub),
    }
    parent = os.getppid()
    for server in servers.values():
        threading.Thread(target=server.serve_forever, daemon=True).start()
    with os.fdopen(writing, "w") as pipe:
        pipe.write(json.dumps({name: server.server_address[1] for name, server in servers.items()}) + "\n")
    while os.getppid() == parent:
        time.sleep(0.2)
    os._exit(0)
