"""A person's theme of one comment: given or taken back in the transaction of the correction itself."""

from collections.abc import Callable
from datetime import datetime, tzinfo

from sqlalchemy.orm import Session

from api.corrections.errors import CorrectionError
from api.errors import Bilingual
from api.themes import models
from api.themes.errors import OutdatedThemesError
from api.themes.reassign import apply_plan, plan_change
from api.themes.shelf import ThemeShelf
from voc_nlp.errors import InputError
from voc_nlp.topics import editing
from voc_nlp.topics.lineage import follow_merges
from voc_nlp.topics.model import ThemeModel


class Themes:
    """The themes of a tenant, to change what people say of single comments.

    Parameters
    ----------
    session : Session
        A writing session that holds the tenant's chain.
    tenant_id : str
        Whose themes.
    shelf : ThemeShelf
        The encoder.
    zone : tzinfo
        Of the tenant's calendar.
    actor : str
        Who changes them.
    now : datetime
        The present.
    """

    def __init__(
        self, session: Session, tenant_id: str, *, shelf: ThemeShelf, zone: tzinfo, actor: str, now: datetime
    ) -> None:
        self._session = session
        self._tenant_id = tenant_id
        self._shelf = shelf
        self._zone = zone
        self._actor = actor
        self._now = now

    def give(self, comment_id: str, theme_id: str | None) -> int:
        """Say which theme a comment belongs to.

        Parameters
        ----------
        comment_id : str
            The comment.
        theme_id : str | None
            The theme; None for none.

        Returns
        -------
        int
            Revision of the themes before, to which what the model said belongs. A theme that is not
            there, or takes no comments, is a `CorrectionError`.
        """

        def edit(model: ThemeModel) -> ThemeModel:
            try:
                return editing.correct(model, comment_id, theme_id)
            except InputError:
                raise CorrectionError(
                    Bilingual(
                        "this is no learnt theme in use; GET /v1/themes lists them, null is for none",
                        "使用中の学習テーマではありません。GET /v1/themes を参照してください(なしは null)",
                    )
                ) from None

        return self._change(edit, "correct")

    def give_again(self, comment_id: str, theme_id: str | None) -> int:
        """Say once more which theme a comment belongs to, by the name that the theme had then.

        Parameters
        ----------
        comment_id : str
            The comment.
        theme_id : str | None
            The theme, which may have been merged into another one since; None for none.

        Returns
        -------
        int
            As `give`, whose error it raises too.
        """
        base = self._lock()
        if theme_id is not None:
            theme_id = follow_merges(base.history, {theme.id for theme in base.themes}, theme_id)
        return self.give(comment_id, theme_id)

    def take_back(self, comment_id: str) -> int:
        """Let the vectors speak of a comment again.

        Parameters
        ----------
        comment_id : str
            The comment.

        Returns
        -------
        int
            Revision of the themes before.
        """
        return self._change(lambda model: editing.withdraw(model, comment_id), "withdraw")

    def _change(self, edit: Callable[[ThemeModel], ThemeModel], action: str) -> int:
        """Change the themes, which are locked, so that no other change comes between."""
        base = self._lock()
        if not self._shelf.can_use(base):
            raise OutdatedThemesError()
        plan = plan_change(
            self._session, self._tenant_id, base, edit(base), shelf=self._shelf, zone=self._zone
        )
        apply_plan(
            self._session,
            self._tenant_id,
            plan,
            shelf=self._shelf,
            zone=self._zone,
            action=action,
            actor=self._actor,
            now=self._now,
        )
        return base.revision

    def _lock(self) -> ThemeModel:
        """Read the themes, and keep others from changing them until the commit."""
        return models.lock_current(self._session, self._tenant_id, self._shelf, shared=False, now=self._now)
