"""Read the word lists that packages ship under ``data/``."""

from importlib.resources import files


def read_lines(name: str, package: str = __package__) -> list[str]:
    """Read a list with one entry a line.

    Parameters
    ----------
    name : str
        File name under ``data/``.
    package : str
        The package that holds ``data/``.

    Returns
    -------
    list[str]
        Lines in order, without empty lines and ``#`` comments.
    """
    content = files(package).joinpath("data", name).read_text(encoding="utf-8")
    return [line for line in content.splitlines() if line and not line.startswith("#")]


def read_sections(name: str, package: str = __package__) -> dict[str, list[str]]:
    """Read a file whose ``[section]`` lines head lists of words.

    Parameters
    ----------
    name : str
        File name under ``data/``.
    package : str
        The package that holds ``data/``.

    Returns
    -------
    dict[str, list[str]]
        Words by section; what stands before the first heading is section ``""``; an
        underscore in a word stands for a space.
    """
    sections: dict[str, list[str]] = {"": []}
    current = sections[""]
    for line in read_lines(name, package):
        if line.startswith("["):
            current = sections.setdefault(line.strip("[]"), [])
        else:
            current.extend(word.replace("_", " ") for word in line.split())
    return sections
