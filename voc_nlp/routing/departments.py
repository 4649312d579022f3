"""What a customer says of a department: names, descriptions, examples and key words, plain values."""

from dataclasses import dataclass

NOBODY = "none"
"""Class of the owner head for comments that nobody owns."""

TRIAGE = "triage"
"""Id of the department where people decide; no comment speaks for it."""

MOST_EXAMPLES = 100
MOST_KEYWORDS = 100
MOST_CHARACTERS = 2_000
"""Longest description, example or key word."""


@dataclass(frozen=True, slots=True)
class DepartmentDescription:
    """One department, as a customer describes it; it travels between processes.

    Parameters
    ----------
    id : str
        1 to 64 of a-z, 0-9, ``_`` and ``-``.
    name_ja, name_en : str
        What people call it.
    description_ja, description_en : str
        What it is answerable for.
    examples : tuple[str, ...]
        Comments that it owns, in either language.
    keywords : tuple[str, ...]
        Words that speak for it, in either language.
    """

    id: str
    name_ja: str
    name_en: str
    description_ja: str
    description_en: str
    examples: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()

    def lines(self) -> tuple[str, str]:
        """Return name and description in one line, for Japanese and English.

        Returns
        -------
        tuple[str, str]
            Japanese first.
        """
        return f"{self.name_ja} {self.description_ja}", f"{self.name_en} {self.description_en}"
