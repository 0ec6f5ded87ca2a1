"""A robot's host of a few lines, on a port of its own, and robots for tests."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.utils import timezone

from creditrisk.notifications.models import Robot

TOKEN = "token-0123456789"
SECRET = "SECabcdef0123456789"
FINE: dict[str, Any] = {"errcode": 0, "errmsg": "ok", "code": 0, "msg": "success"}

Answer = Callable[[int], "tuple[int, bytes] | None"]
"""What the host says to the n-th request (from 1): status and body; None breaks the connection off."""


def fine(_number: int) -> tuple[int, bytes]:
    """Take every message."""
    return 200, json.dumps(FINE).encode()


@dataclass
class Said:
    """What a robot was asked to say."""

    path: str
    query: dict[str, str]
    data: dict[str, Any]


@dataclass
class RobotSink:
    """`said` are the requests whose body arrived, whatever was answered."""

    answer: Answer = fine
    said: list[Said] = field(default_factory=list)
    port: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def robot_sink(answer: Answer = fine) -> Iterator[RobotSink]:
    """Yield a running host on 127.0.0.1."""
    sink = RobotSink(answer)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            address = urlsplit(self.path)
            query = {key: values[0] for key, values in parse_qs(address.query).items()}
            with sink._lock:
                sink.said.append(Said(address.path, query, json.loads(body)))
                number = len(sink.said)
            told = sink.answer(number)
            if told is None:
                self.close_connection = True
                return
            status, answer_body = told
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer_body)))
            self.end_headers()
            try:
                self.wfile.write(answer_body)
            except OSError:
                return

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        sink.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield sink
        finally:
            server.shutdown()
            thread.join(timeout=5)


def create_robot(kind: str = "wecom", **fields: Any) -> Robot:
    """Return a robot that is switched on."""
    values = {"kind": kind, "name": f"机器人 {kind}", "token": TOKEN, "secrets_changed_at": timezone.now()}
    return Robot.objects.create(**(values | fields))
