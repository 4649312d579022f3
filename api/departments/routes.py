"""The call GET /v1/departments."""

from functools import lru_cache
from pathlib import Path
from typing import cast

from fastapi import APIRouter, Request

from api.departments.examples import DEPARTMENTS_EN, DEPARTMENTS_JA
from api.departments.schemas import DepartmentList, department_out
from api.deps import MayRead
from api.examples import response_examples
from api.policy.rulebook import RulebookDep
from api.problems import documented
from api.settings import Settings
from voc_nlp.loading import trained_departments

router = APIRouter(prefix="/v1/departments", tags=["departments"])


@router.get(
    "",
    summary="List the departments / 部署の一覧を取得する",
    responses={
        200: {
            "description": "All departments of the taxonomy / 設定ファイルのすべての部署",
            "content": response_examples(DEPARTMENTS_JA, DEPARTMENTS_EN),
        },
        **documented(),
    },
)
def list_departments(request: Request, _caller: MayRead, rulebook: RulebookDep) -> DepartmentList:
    """List the departments in both languages, with how the models know each."""
    trained = _trained(cast(Settings, request.app.state.settings).models_dir)
    entries = rulebook.taxonomy.departments.values()
    return DepartmentList(items=[department_out(entry, trained) for entry in entries])


@lru_cache(maxsize=1)
def _trained(models_dir: Path | None) -> frozenset[str]:
    """Read the manifest once; the models change with a restart only."""
    return frozenset(trained_departments(models_dir))
