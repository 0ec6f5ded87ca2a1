"""A mail server of a few lines, on a port of its own: takes mails, refuses some, breaks off, or says nothing."""

from __future__ import annotations

import email
import email.policy
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage

CRLF = b"\r\n"

Answer = Callable[[int], bytes]
"""What the server says to the n-th mail (from 1) after its text; b"" breaks the connection off without a word."""


def accept(_number: int) -> bytes:
    """Take every mail."""
    return b"250 taken"


@dataclass
class MailSink:
    """`taken` are the mails that were accepted, or whose text had arrived when the connection was broken off."""

    answer: Answer = accept
    recipient_answer: bytes = b"250 fine"
    is_silent: bool = False
    taken: list[EmailMessage] = field(default_factory=list)
    conversations: int = 0
    port: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _offered: int = 0
    _open: list[socket.socket] = field(default_factory=list)

    @property
    def subjects(self) -> list[str]:
        """The subjects of the mails that were taken."""
        return [str(mail["Subject"]) for mail in self.taken]

    def serve(self, listener: socket.socket) -> None:
        """Answer until the listener is closed; each client has a thread."""
        while True:
            try:
                client, _address = listener.accept()
            except OSError:
                return
            with self._lock:
                self.conversations += 1
                self._open.append(client)
            if not self.is_silent:
                threading.Thread(target=self._converse, args=(client,), daemon=True).start()

    def close(self) -> None:
        """Break off every open conversation."""
        with self._lock:
            for client in self._open:
                client.close()

    def _converse(self, client: socket.socket) -> None:
        with client, client.makefile("rb") as lines:
            try:
                client.sendall(b"220 sink" + CRLF)
                for line in lines:
                    if not self._obey(line.strip().upper(), client, lines):
                        return
            except OSError:
                return

    def _obey(self, command: bytes, client: socket.socket, lines: Iterator[bytes]) -> bool:
        if command.startswith(b"RCPT"):
            client.sendall(self.recipient_answer + CRLF)
        elif command == b"DATA":
            client.sendall(b"354 go on" + CRLF)
            return self._take(client, lines)
        elif command == b"QUIT":
            client.sendall(b"221 bye" + CRLF)
            return False
        else:
            client.sendall(b"250 fine" + CRLF)
        return True

    def _take(self, client: socket.socket, lines: Iterator[bytes]) -> bool:
        text = []
        for line in lines:
            if line == b"." + CRLF:
                break
            text.append(line.removeprefix(b"."))
        else:
            return False
        mail = email.message_from_bytes(b"".join(text), policy=email.policy.default)
        assert isinstance(mail, EmailMessage)
        with self._lock:
            self._offered += 1
            answer = self.answer(self._offered)
            if not answer or answer.startswith(b"2"):
                self.taken.append(mail)
        if answer:
            client.sendall(answer + CRLF)
        return bool(answer)


@contextmanager
def mail_sink(**options: object) -> Iterator[MailSink]:
    """Yield a running mail server on 127.0.0.1; `options` are the fields of MailSink."""
    sink = MailSink(**options)  # type: ignore[arg-type]
    with socket.create_server(("127.0.0.1", 0)) as listener:
        sink.port = listener.getsockname()[1]
        server = threading.Thread(target=sink.serve, args=(listener,), daemon=True)
        server.start()
        try:
            yield sink
        finally:
            # A blocked accept() only wakes when it is asked to.
            listener.shutdown(socket.SHUT_RDWR)
            server.join(timeout=5)
            sink.close()
