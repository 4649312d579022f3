"""Query parameters of the calls that analyse: which models, and what spans count."""

from typing import Annotated

from fastapi import Depends, Query

from api.deps import AnalyzerDep
from api.errors import Bilingual, Fault, InvalidRequestError
from api.offsets import Offsets

_LATEST = "latest"
ModelVersionQuery = Annotated[
    str,
    Query(max_length=200, description="`latest`, or the version that is loaded; any other is refused."),
]


async def check_model_version(
    analyzer: AnalyzerDep,
    model_version: ModelVersionQuery = _LATEST,
) -> None:
    """Check that the models that are asked for are loaded.

    Parameters
    ----------
    analyzer : AnalyzerDep
        The loaded models.
    model_version : ModelVersionQuery
        What the caller asks for.

    Raises
    ------
    InvalidRequestError
        If it is another version; names the one that is loaded.
    """
    loaded = analyzer.model_version
    if model_version not in (_LATEST, loaded):
        detail = Bilingual(
            f"that version is not loaded; the loaded one is {loaded}: ask for it or for 'latest'",
            f"指定されたバージョンは読み込まれていません。現在のバージョンは {loaded} です。"
            "これまたは latest を指定してください",
        )
        raise InvalidRequestError([Fault("/query/model_version", detail)])


LoadedModelVersion = Depends(check_model_version)
OffsetsQuery = Annotated[
    Offsets,
    Query(description="What spans count: Unicode code points, or UTF-16 code units as JavaScript does."),
]
