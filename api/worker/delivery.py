"""The lane of the webhooks: takes what is due, sends it outside of any transaction, writes down the outcome.

A message may arrive twice (the worker died between sending and writing down), and then with
the same id; it never gets lost.
"""

import asyncio
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from random import Random

import structlog

from api.clock import Clock
from api.db.engine import Database
from api.logs import log_failure
from api.settings import Settings
from api.webhooks import delivery
from api.webhooks.addresses import resolve_by_system, rules_of
from api.webhooks.delivery import Limits
from api.webhooks.parcels import Parcel, call_of
from api.webhooks.secrets import SecretBox, box_of
from api.webhooks.sending import Answer, Outcome, Sender
from api.worker.lanes import Pass

_log = structlog.get_logger(__name__)
_POLL_S = 0.25
"""How often a pass looks for more while something is being sent."""
_GRACE_S = 8.0
"""How long a stopping worker waits for what is being sent; the rest is sent again by the next one."""
_DATABASE_THREADS = 4
_LEASE_MARGIN = timedelta(seconds=20)
"""A lease outlives an attempt by this: reading the answer and waiting for the database."""


class DeliveryLane:
    """Delivers events; a slow receiver keeps only its own.

    Several workers may run at once: each takes what no other holds.

    Parameters
    ----------
    database : Database
        Where the deliveries are.
    box : SecretBox
        Opens addresses and secrets.
    sender : Sender
        Makes the requests.
    clock : Clock
        The present.
    limits : Limits
        How much is sent at once.
    stop : threading.Event | None
        Set when the worker has to end: nothing new is taken then.
    """

    name = "webhooks"

    def __init__(
        self,
        database: Database,
        box: SecretBox,
        sender: Sender,
        clock: Clock,
        limits: Limits,
        stop: threading.Event | None = None,
    ) -> None:
        self._database = database
        self._box = box
        self._sender = sender
        self._clock = clock
        self._limits = limits
        self._stop = stop or threading.Event()
        self._random = Random()
        self._threads = ThreadPoolExecutor(_DATABASE_THREADS, thread_name_prefix="deliveries")

    def run_once(self) -> Pass:
        """Send all that is due, and what becomes due while something is being sent.

        Returns
        -------
        Pass
            How many attempts were made, and how many outcomes could not be written down.
        """
        self._sweep()
        parcels = self._take(Counter())
        if not parcels:
            return Pass(0)
        return asyncio.run(self._send_all(parcels))

    async def _send_all(self, parcels: list[Parcel]) -> Pass:
        """Send, and take more as soon as there are free places, until nothing is left."""
        loop = asyncio.get_running_loop()
        running: dict[asyncio.Task[bool], str] = {}
        done = failed = 0
        async with self._sender:
            while parcels or running:
                for parcel in parcels:
                    running[loop.create_task(self._deliver(parcel))] = parcel.endpoint_id
                stopping = self._stop.is_set()
                finished, _ = await asyncio.wait(
                    running,
                    timeout=_GRACE_S if stopping else _POLL_S,
                    return_when=asyncio.ALL_COMPLETED if stopping else asyncio.FIRST_COMPLETED,
                )
                for task in finished:
                    del running[task]
                    done += 1
                    failed += not task.result()
                if stopping:
                    break
                parcels = await loop.run_in_executor(
                    self._threads, self._take_more, Counter(running.values())
                )
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
        return Pass(done, failed)

    async def _deliver(self, parcel: Parcel) -> bool:
        """Send one parcel and write the outcome down; False when that could not be done."""
        loop = asyncio.get_running_loop()
        try:
            if not parcel.secrets:
                answer: Answer | None = Answer(Outcome.NOT_SENDABLE, 0)
            else:
                call = call_of(parcel, self._clock())
                answer = await self._sender.send(call) if call is not None else None
        except Exception as error:
            log_failure("delivery_not_worded", error, delivery_id=parcel.delivery_id)
            answer = Answer(Outcome.NOT_SENDABLE, 0)
        try:
            await loop.run_in_executor(self._threads, self._write_down, parcel, answer)
        except Exception as error:
            log_failure("delivery_not_recorded", error, delivery_id=parcel.delivery_id)
            return False
        return True

    def _write_down(self, parcel: Parcel, answer: Answer | None) -> None:
        """Write an outcome down; an endpoint that has to be disabled is, in a transaction of its own."""
        now = self._clock()
        if answer is None:
            with self._database.writing() as session:
                delivery.cancel(session, parcel, now)
            return
        with self._database.writing() as session:
            reason = delivery.record(
                session, parcel, answer, limits=self._limits, random=self._random, now=now
            )
        _log.info(
            "delivery_attempted",
            delivery_id=parcel.delivery_id,
            endpoint_id=parcel.endpoint_id,
            outcome=answer.outcome.value,
            status=answer.status,
            ms=answer.ms,
        )
        if reason is None:
            return
        with self._database.writing() as session:
            if delivery.disable(session, parcel.tenant_id, parcel.endpoint_id, reason, now):
                _log.warning("webhook_disabled", endpoint_id=parcel.endpoint_id, reason=reason)

    def _take(self, running: Counter[str]) -> list[Parcel]:
        """Take what is due; nothing is locked when nothing is."""
        now = self._clock()
        with self._database.reading() as session:
            waits = bool(delivery.due_endpoints(session, now, self._limits, running))
        if not waits:
            return []
        with self._database.writing() as session:
            return delivery.take(session, self._box, now, self._limits, running)

    def _take_more(self, running: Counter[str]) -> list[Parcel]:
        """Take what is due; a database that fails meanwhile does not end what is being sent."""
        try:
            return self._take(running)
        except Exception as error:
            log_failure("pass_failed", error, lane=self.name)
            return []

    def _sweep(self) -> None:
        """End what waits for endpoints that are told nothing any more."""
        with self._database.reading() as session:
            waits = bool(delivery.stranded(session))
        if waits:
            with self._database.writing() as session:
                delivery.sweep(session, self._clock())


def lane_of(
    settings: Settings, database: Database, clock: Clock, stop: threading.Event | None = None
) -> DeliveryLane:
    """Make the lane as the operator set it.

    Parameters
    ----------
    settings : Settings
        What the operator set.
    database : Database
        Where the deliveries are.
    clock : Clock
        The present.
    stop : threading.Event | None
        Set when the worker has to end.

    Returns
    -------
    DeliveryLane
        Ready to run.
    """
    limits = Limits(
        overall=settings.webhook_concurrency,
        per_endpoint=settings.webhook_endpoint_concurrency,
        lease=timedelta(seconds=settings.webhook_timeout_s) + _LEASE_MARGIN,
        disable_after=timedelta(days=settings.webhook_disable_after_days),
    )
    sender = Sender(rules_of(settings), resolve_by_system, settings.webhook_timeout_s)
    return DeliveryLane(database, box_of(settings), sender, clock, limits, stop)
