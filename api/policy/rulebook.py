"""The customer's rules, read once at start: policy and taxonomy together."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, cast

from fastapi import Depends, Request

from api.errors import Bilingual
from api.policy.reading import load_policy
from api.policy.rule_reading import Place, RuleError
from api.policy.rules import Policy, RuleSet
from api.policy.taxonomy import Taxonomy, load_taxonomy

TAXONOMY_FILE = "taxonomy.toml"


@dataclass(frozen=True, slots=True)
class Rulebook:
    """What config/*.toml says."""

    policy: Policy
    taxonomy: Taxonomy

    def with_policy(self, policy: Policy) -> "Rulebook":
        """Put another policy in the place of this one.

        Parameters
        ----------
        policy : Policy
            Of a tenant.

        Returns
        -------
        Rulebook
            With the same departments.
        """
        return replace(self, policy=policy)


def check_departments(ruleset: RuleSet, taxonomy: Taxonomy, document: str) -> None:
    """Refuse rules that name a department which does not exist.

    Parameters
    ----------
    ruleset : RuleSet
        The rules.
    taxonomy : Taxonomy
        The departments.
    document : str
        Name of the file or body, for messages.

    Raises
    ------
    RuleError
        If one does; names the rule.
    """
    for index, rule in enumerate(ruleset.rules):
        if rule.department is not None and rule.department not in taxonomy.departments:
            known = ", ".join(sorted(taxonomy.departments))
            raise RuleError(
                Place(document, ("rules", index, "department"), rule.id),
                Bilingual(
                    f"there is no department {rule.department!r}; known are {known}",
                    f"部署 {rule.department!r} はありません。指定できる部署: {known}",
                ),
            )


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
    rulebook = Rulebook(load_policy(folder / "policy.toml"), load_taxonomy(folder / TAXONOMY_FILE))
    check_departments(rulebook.policy.ruleset, rulebook.taxonomy, "policy.toml")
    return rulebook


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
