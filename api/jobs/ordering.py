"""Orders a re-scoring: chooses the comments, and puts the job together of the ids."""

import hashlib
import json
from collections.abc import Collection
from datetime import tzinfo

from api.clock import Clock
from api.db.engine import Database
from api.db.tables import JobRow
from api.jobs.assembling import Assembly, JobRequest, Piece
from api.jobs.lines import pack
from api.rescoring.asking import Ask
from api.rescoring.choosing import PART_COMMENTS, chosen_ids


def order_rescoring(
    database: Database,
    request: JobRequest,
    ask: Ask,
    themes: Collection[str] | None,
    zone: tzinfo,
    clock: Clock,
) -> tuple[JobRow, bool]:
    """Make the job; which comments are scored is decided here, those that come later are not.

    Parameters
    ----------
    database : Database
        Where comments and jobs are.
    request : JobRequest
        Who asks.
    ask : Ask
        Which comments.
    themes : Collection[str] | None
        Ids of which a comment must have one, where the ask names a theme.
    zone : tzinfo
        Where days begin.
    clock : Clock
        The present.

    Returns
    -------
    tuple[JobRow, bool]
        The job, and whether it is new, as `Assembly.finish` says. A job without a comment is done.
    """
    told = ask.to_dict()
    wanted = {name: value for name, value in told.items() if name != "present"}
    digest = hashlib.sha256(
        f"{request.kind} {request.language} {json.dumps(wanted, sort_keys=True)}".encode()
    ).hexdigest()
    assembly = Assembly(database, request._replace(asked=told), clock)
    earlier = assembly.earlier(digest)
    if earlier is not None:
        return earlier, False
    done = 0
    last: list[Piece] = []
    for ids in chosen_ids(database, request.tenant_id, ask, themes, zone):
        if last:
            assembly.store(*last)
        last = []
        for start in range(0, len(ids), PART_COMMENTS):
            some = ids[start : start + PART_COMMENTS]
            last.append(Piece(done, done + 1, len(some), pack([one.encode() for one in some])))
            done += len(some)
    return assembly.finish(digest, *last)
