"""Read the word classes by which opinion words are found."""

from importlib.resources import files


def read_classes(name: str) -> dict[str, tuple[str, ...]]:
    """Read a file whose ``[class]`` lines head lists of words.

    Parameters
    ----------
    name : str
        File name under ``data/``.

    Returns
    -------
    dict[str, tuple[str, ...]]
        Words by class, as written; lines that begin with ``#`` are left out.
    """
    classes: dict[str, tuple[str, ...]] = {}
    current = ""
    content = files(__package__).joinpath("data", name).read_text(encoding="utf-8")
    for line in content.splitlines():
        if line.startswith("["):
            current = line.strip("[]")
        elif line and not line.startswith("#"):
            classes[current] = (*classes.get(current, ()), *line.split())
    return classes
