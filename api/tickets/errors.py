"""What can be wrong with a change of a ticket, worded in both languages."""

from api.errors import Bilingual, RequestError
from api.policy.levels import Level
from api.tickets.states import Action, Status, allowed


class MoveNotAllowedError(RequestError):
    """The table of moves has no such move.

    Parameters
    ----------
    status : Status
        Where the ticket stands.
    action : Action
        What was asked for.
    """

    status = 409
    code = "move_not_allowed"
    title = Bilingual("Not possible in this state", "現在の状態では実行できません")

    def __init__(self, status: Status, action: Action) -> None:
        possible = ", ".join(each for each in allowed(status) if each not in (Action.JOIN, Action.CLOSE))
        super().__init__(
            Bilingual(
                f"The ticket is '{status}', and '{action}' is not possible then; possible are: {possible}. "
                "Nothing was changed.",
                f"チケットの状態は「{status}」のため「{action}」は実行できません。"
                f"実行できる操作: {possible}。変更は行われていません。",
            )
        )


class LevelNotHigherError(RequestError):
    """A ticket goes up only.

    Parameters
    ----------
    level : Level
        Its present level.
    """

    status = 409
    code = "level_not_higher"
    title = Bilingual("Not a higher level", "上位の段階ではありません")

    def __init__(self, level: Level) -> None:
        super().__init__(
            Bilingual(
                f"The ticket is at the level '{level}'; name a higher one of {', '.join(Level)}, "
                "where there is one. Nothing was changed.",
                f"チケットの段階は現在「{level}」です。{'、'.join(Level)} のうち、"
                "より上位のものを指定してください。"
                "変更は行われていません。",
            )
        )


class OpenTicketExistsError(RequestError):
    """The customer has an open ticket in that department already.

    Parameters
    ----------
    ticket_id : str
        The open one.
    """

    status = 409
    code = "open_ticket_exists"
    title = Bilingual("There is an open ticket", "対応中のチケットがあります")

    def __init__(self, ticket_id: str) -> None:
        super().__init__(
            Bilingual(
                f"The customer has the open ticket {ticket_id} in that department, and can have one only; "
                "go on there. Nothing was changed.",
                f"このお客様には、その部署で対応中のチケット {ticket_id} があります(1 件まで)。"
                "そちらで対応してください。変更は行われていません。",
            )
        )
