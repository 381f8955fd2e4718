"""Local servers that stand in for the services the fixtures talk to: HTTP, Redis, SMTP."""

from __future__ import annotations

import json
import os
import socketserver
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ANSWER = {
    "count": 3, "price": 9, "tracking": "T1", "rate": 1.1, "name": "x", "results": [], "status": "ok", "title": "T",
    "id": 1, "token": "t", "value": 1, "temperature": 20, "stars": 4, "score": 0.5, "items": [], "summary": "s",
}


class HttpStub(BaseHTTPRequestHandler):
    def answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = json.dumps(ANSWER).encode()
        self.send_response(409 if self.path.startswith("/reserve") else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = answer

    def log_message(self, *args: object) -> None:
        pass


class RedisStub(socketserver.StreamRequestHandler):
    replies = {b"PING": b"+PONG\r\n", b"GET": b"$-1\r\n", b"MGET": b"*1\r\n$-1\r\n", b"SET": b"+OK\r\n", b"CLIENT": b"+OK\r\n",
               b"SETEX": b"+OK\r\n", b"HELLO": b"%2\r\n$6\r\nserver\r\n$5\r\nredis\r\n$5\r\nproto\r\n:3\r\n", b"SELECT": b"+OK\r\n", b"KEYS": b"*0\r\n",
               b"LRANGE": b"*0\r\n", b"HGETALL": b"*0\r\n", b"SMEMBERS": b"*0\r\n", b"BLPOP": b"*-1\r\n", b"LPOP": b"$-1\r\n",
               b"EVALSHA": b":1\r\n", b"SCRIPT": b"*1\r\n:1\r\n", b"HGET": b"$-1\r\n"}

    def handle(self) -> None:
        null, empty = b"$-1\r\n", b"*0\r\n"
        while line := self.rfile.readline():
            parts = []
            for _ in range(int(line[1:])):
                size = int(self.rfile.readline()[1:])
                parts.append(self.rfile.read(size + 2)[:-2])
            verb = parts[0].upper()
            if verb == b"HELLO":
                null, empty = b"_\r\n", b"%0\r\n"
            reply = self.replies.get(verb, b":1\r\n").replace(b"$-1\r\n", null)
            self.wfile.write(empty if verb == b"HGETALL" else reply)


class SmtpStub(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self.wfile.write(b"220 stub\r\n")
        while line := self.rfile.readline():
            verb = line[:4].upper().strip()
            if verb == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                while self.rfile.readline() not in (b".\r\n", b""):
                    pass
                self.wfile.write(b"250 ok\r\n")
            elif verb == b"QUIT":
                self.wfile.write(b"221 bye\r\n")
                return
            else:
                self.wfile.write(b"250 ok\r\n")


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


def end_with_parent(parent: int) -> None:
    """End this process when the one that started it is gone."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(0)


def start_stubs() -> tuple[int, dict[str, int]]:
    """Start the servers in a process of their own; return its id and the port of each by the name `http`, `redis`, `smtp`."""
    reading, writing = os.pipe()
    child = os.fork()
    if child:
        os.close(writing)
        with os.fdopen(reading) as pipe:
            return child, json.loads(pipe.readline())
    os.close(reading)
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.dup2(null, 2)
    threading.Thread(target=end_with_parent, args=(os.getppid(),), daemon=True).start()
    servers = {
        "http": ThreadingHTTPServer(("127.0.0.1", 0), HttpStub),
        "redis": Server(("127.0.0.1", 0), RedisStub),
        "smtp": Server(("127.0.0.1", 0), SmtpStub),
    }
    threads = [threading.Thread(target=server.serve_forever) for server in servers.values()]
    for thread in threads:
        thread.start()
    with os.fdopen(writing, "w") as pipe:
        pipe.write(json.dumps({name: server.server_address[1] for name, server in servers.items()}) + "\n")
    for thread in threads:
        thread.join()
    os._exit(0)
