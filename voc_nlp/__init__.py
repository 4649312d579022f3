"""Voice-of-customer text analytics in Japanese and English: what a comment says, and who owns it."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from voc_nlp.analysis import Analyzer as Analyzer
    from voc_nlp.loading import load_analyzer as load_analyzer
    from voc_nlp.schema import Analysis as Analysis
    from voc_nlp.schema import Comment as Comment
    from voc_nlp.schema import Refusal as Refusal

__version__ = "0.1.0"

__all__ = ["Analysis", "Analyzer", "Comment", "Refusal", "__version__", "load_analyzer"]

_HOMES = {
    "Analysis": "voc_nlp.schema",
    "Analyzer": "voc_nlp.analysis",
    "Comment": "voc_nlp.schema",
    "Refusal": "voc_nlp.schema",
    "load_analyzer": "voc_nlp.loading",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that importing the package stays instant."""
    if name not in _HOMES:
        raise AttributeError(
            f"module 'voc_nlp' has no attribute {name!r}; it has {', '.join(sorted(_HOMES))}"
        )
    return getattr(import_module(_HOMES[name]), name)
