"""The customer's rules, read once at start: policy and taxonomy together."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, cast

from fastapi import Depends, Request

from api.policy.reading import load_policy
from api.policy.rules import Policy
from api.policy.taxonomy import Taxonomy, load_taxonomy

TAXONOMY_FILE = "taxonomy.toml"


@dataclass(frozen=True, slots=True)
class Rulebook:
    """What config/*.toml says."""

    policy: Policy
    taxonomy: Taxonomy


def load_rulebook(folder: Path) -> Rulebook:
    """Read policy.toml and taxonomy.toml.

    Parameters
    ----------
    folder : Path
        Where they lie.

    Returns
    -------
    Rulebook
        Both, checked.
    """
    return Rulebook(load_policy(folder / "policy.toml"), load_taxonomy(folder / TAXONOMY_FILE))


def get_rulebook(request: Request) -> Rulebook:
    """Hand out the application's rules.

    Parameters
    ----------
    request : Request
        The request.

    Returns
    -------
    Rulebook
        One per process.
    """
    return cast(Rulebook, request.app.state.rulebook)


RulebookDep = Annotated[Rulebook, Depends(get_rulebook)]
