"""Examples of the exports, in Japanese and in English, and how OpenAPI describes their three formats."""

from typing import Any

_COMMENT = "cmt_019d52a000007000a1b2c3d4e5f60701"
_HEADER = "id,source,external_id,...,text,...,sentiment,...\r\n"
_CSV_JA = f"{_HEADER}{_COMMENT},survey,r-1,...,荷物が届きません。,...,negative,...\r\n"
_CSV_EN = f"{_HEADER}{_COMMENT},survey,r-2,...,The parcel never came.,...,negative,...\r\n"
_TICKETS = (
    "id,status,level,department,...\r\ntkt_019d52a000007000a1b2c3d4e5f60703,open,frontline,logistics,...\r\n"
)


def _content(ja: str, en: str) -> dict[str, Any]:
    named = {"ja": {"summary": "日本語", "value": ja}, "en": {"summary": "English", "value": en}}
    return {
        "text/csv": {"schema": {"type": "string"}, "examples": named},
        "application/x-ndjson": {"schema": {"type": "string"}},
        "application/vnd.apache.parquet": {"schema": {"type": "string", "format": "binary"}},
    }


COMMENTS = _content(_CSV_JA, _CSV_EN)
TICKETS = _content(_TICKETS, _TICKETS)
