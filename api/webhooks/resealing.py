"""Seals stored secrets anew with the operator's first key, so that an older one can be taken away."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.db.tables import IncomingSourceRow, WebhookEndpointRow
from api.webhooks.secrets import SealedSecretError, VaultBox

_ENDPOINT = ("target", "secret", "previous_secret")
_SOURCE = ("secret", "previous_secret")


def reseal(session: Session, box: VaultBox) -> tuple[int, int]:
    """Seal what endpoints of webhooks and incoming sources hold: also what was stored before there was a key.

    Parameters
    ----------
    session : Session
        A writing session; rows are held until its commit, so that no secret that is rotated meanwhile
        is lost.
    box : VaultBox
        With the older keys and the new one.

    Returns
    -------
    tuple[int, int]
        How many secrets were sealed anew, and how many none of the keys opens; those stay as they are.
    """
    done = closed = 0
    endpoint, source = WebhookEndpointRow, IncomingSourceRow
    endpoints = session.scalars(
        select(endpoint).where(endpoint.deleted_at.is_(None)).order_by(endpoint.id).with_for_update()
    ).all()
    sources = session.scalars(
        select(source).where(source.deleted_at.is_(None)).order_by(source.id).with_for_update()
    ).all()
    held: list[tuple[Sequence[WebhookEndpointRow | IncomingSourceRow], Sequence[str]]] = [
        (endpoints, _ENDPOINT),
        (sources, _SOURCE),
    ]
    for rows, columns in held:
        for row in rows:
            for column in columns:
                sealed: bytes | None = getattr(row, column)
                if sealed is None or box.is_newest(sealed):
                    continue
                try:
                    setattr(row, column, box.seal(box.open(sealed)))
                except SealedSecretError:
                    closed += 1
                else:
                    done += 1
    return done, closed
