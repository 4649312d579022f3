"""Load: clients that send each thing until it is acknowledged, and remember what was."""

import random
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.reliability.processes import Installation

_TEXTS = (
    "配送が遅くて最悪です。",
    "The delivery was late and terrible.",
    "請求がおかしい。解約します。",
    "The staff was terrible, I cancel.",
    "最高でした。ありがとう!",
    "I love it, great.",
    "荷物が届かない。最悪",
)
_CUSTOMERS = 25
_SHARES = {"comments": 0.75, "notes": 0.22, "jobs": 0.03}


@dataclass(slots=True)
class Acknowledged:
    """What the service said it had done."""

    comments: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    sent: set[tuple[str, str]] = field(default_factory=set)
    notes: dict[str, str] = field(default_factory=dict)
    jobs: dict[str, str] = field(default_factory=dict)
    unexpected: list[str] = field(default_factory=list)
    retries: int = 0


class Load:
    """Several clients in threads."""

    def __init__(
        self,
        installation: Installation,
        clients: int,
        seed: int,
        *,
        kinds: Sequence[str] = ("comments", "notes", "jobs"),
    ) -> None:
        self.acknowledged = Acknowledged()
        self._installation = installation
        self._shares = {name: _SHARES[name] for name in kinds}
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._threads = [
            threading.Thread(target=self._run, args=(number, random.Random(f"{seed}-{number}")), daemon=True)
            for number in range(clients)
        ]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Stop; what was begun is finished first."""
        self._stop.set()
        for thread in self._threads:
            thread.join(120)
            assert not thread.is_alive(), "a client never got its answer"

    def _run(self, number: int, chance: random.Random) -> None:
        count = 0
        with self._installation.client(timeout_s=5.0) as client:
            while not self._stop.is_set():
                count += 1
                name = f"{number}-{count}"
                [kind] = chance.choices(list(self._shares), list(self._shares.values()))
                if kind == "notes":
                    self._write_note(client, name, chance)
                elif kind == "jobs":
                    self._post_job(client, name, chance)
                else:
                    size = 5 if chance.random() < 0.2 else 1
                    comments = [self._comment(f"{name}-{part}", chance) for part in range(size)]
                    self._post_comments(client, comments, chance)

    def _comment(self, external_id: str, chance: random.Random) -> dict[str, Any]:
        customer = chance.randrange(_CUSTOMERS)
        return {
            "source": "load",
            "external_id": external_id,
            "text": chance.choice(_TEXTS),
            "customer_id": f"customer-{customer}" if chance.random() < 0.8 else None,
            "nps": chance.randrange(11),
        }

    def _post_comments(
        self, client: httpx.Client, comments: list[dict[str, Any]], chance: random.Random
    ) -> None:
        keys = [(str(comment["source"]), str(comment["external_id"])) for comment in comments]
        with self._lock:
            self.acknowledged.sent.update(keys)
        if len(comments) == 1:
            answer = self._until_acknowledged(
                lambda: client.post("/v1/comments", json=comments[0]), {200, 201}
            )
            results = [answer]
        else:
            body = {"comments": comments}
            answer = self._until_acknowledged(lambda: client.post("/v1/comments/batch", json=body), {200})
            results = answer["results"]
        again = chance.random() < 0.1
        if again:
            replayed = self._until_acknowledged(
                lambda: client.post("/v1/comments", json=comments[0]), {200, 201}
            )
            if replayed["comment"]["id"] != results[0]["comment"]["id"]:
                self._note_unexpected("a replay answered another comment")
        with self._lock:
            self.acknowledged.comments.update(zip(keys, results, strict=True))

    def _write_note(self, client: httpx.Client, name: str, chance: random.Random) -> None:
        """Write a note on a ticket that is known, by an Idempotency-Key that stays the same over retries."""
        with self._lock:
            known = [
                answer["ticket"]["id"]
                for answer in list(self.acknowledged.comments.values())[-50:]
                if answer.get("ticket")
            ]
        if not known:
            return
        ticket_id = chance.choice(known)
        body = {"text": f"note {name}", "kind": "internal"}
        headers = {"Idempotency-Key": f"note-{name}"}
        path = f"/v1/tickets/{ticket_id}/comment"
        self._until_acknowledged(lambda: client.post(path, json=body, headers=headers), {200, 201})
        with self._lock:
            self.acknowledged.notes[f"note {name}"] = ticket_id

    def _post_job(self, client: httpx.Client, name: str, chance: random.Random) -> None:
        """Ask for a job of a few comments."""
        comments = [{"id": f"{name}-{part}", "text": chance.choice(_TEXTS)} for part in range(20)]
        headers = {"Idempotency-Key": f"job-{name}"}
        body = {"kind": "score", "comments": comments}
        answer = self._until_acknowledged(lambda: client.post("/v1/jobs", json=body, headers=headers), {202})
        with self._lock:
            self.acknowledged.jobs[name] = answer["id"]

    def _until_acknowledged(self, send: Callable[[], httpx.Response], good: set[int]) -> Any:
        """Send again and again until the service says that it is done."""
        while True:
            try:
                response = send()
            except httpx.TransportError:
                self._wait()
                continue
            if response.status_code in good:
                return response.json()
            if response.status_code not in (409, 429, 503):
                self._note_unexpected(f"{response.status_code} {response.text[:300]}")
            self._wait()

    def _wait(self) -> None:
        with self._lock:
            self.acknowledged.retries += 1
        threading.Event().wait(0.05)

    def _note_unexpected(self, what: str) -> None:
        with self._lock:
            if len(self.acknowledged.unexpected) < 100:
                self.acknowledged.unexpected.append(what)
