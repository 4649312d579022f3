"""Who is concerned by a change of a ticket: whoever has it, the department's owners, the executives."""

from api.db.tables import TicketRow
from api.policy.levels import Level
from api.policy.rulebook import Rulebook


def concerned_by(row: TicketRow, rulebook: Rulebook) -> list[dict[str, str]]:
    """Name everyone concerned by a ticket as it stands.

    Parameters
    ----------
    row : TicketRow
        The ticket.
    rulebook : Rulebook
        Owners of the departments, and executives.

    Returns
    -------
    list[dict[str, str]]
        Each with ``role`` (``assignee``, ``department``, ``executive``) and ``id``. A department
        without owners is named itself.
    """
    named: list[tuple[str, str]] = []
    if row.assignee_id is not None:
        named.append(("assignee", row.assignee_id))
    entry = rulebook.taxonomy.departments.get(row.department)
    # An entry has `owners` since the registry of departments; one without is read as naming none.
    owners = tuple(getattr(entry, "owners", ())) or (row.department,)
    named.extend(("department", str(owner)) for owner in owners)
    if Level(row.level) is Level.EXECUTIVE:
        named.extend(("executive", one) for one in rulebook.policy.escalation.executives)
    return [{"role": role, "id": one} for role, one in named]
