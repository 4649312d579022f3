"""A receiver of webhooks on the loopback: verifies what comes, remembers ids, can be made to misbehave."""

import json
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks.webhooks import Webhook


class Receiver:
    """Takes webhooks in; `fails` answers 500 to every third message the first time."""

    def __init__(self, *, fails: bool = False) -> None:
        self.secret = ""
        self.seen: Counter[str] = Counter()
        self.types: dict[str, str] = {}
        self.forged = 0
        self._fails = fails
        self._lock = threading.Lock()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers.get("content-length", "0"))
                body = self.rfile.read(length)
                if len(body) < length:  # its sender was killed in the middle
                    self.close_connection = True
                    return
                status = receiver.take(body, dict(self.headers.items()))
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/hook"

    def take(self, body: bytes, headers: dict[str, str]) -> int:
        """Verify and count one message; the status to answer."""
        lowered = {name.lower(): value for name, value in headers.items()}
        try:
            Webhook(self.secret).verify(body, lowered)
        except Exception:
            self.forged += 1
            return 401
        message_id = lowered["webhook-id"]
        with self._lock:
            self.seen[message_id] += 1
            self.types[message_id] = str(json.loads(body)["type"])
            if self._fails and self.seen[message_id] == 1 and len(self.seen) % 3 == 0:
                return 500
        return 204

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
