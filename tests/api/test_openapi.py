"""The OpenAPI document: examples in both languages everywhere, and each of them true."""

from typing import Any

import pytest
from fastapi import FastAPI
from pydantic import BaseModel

from api import examples
from api.access import schemas as access
from api.access.schemas import KeyIn, KeyList, KeyOut, NewKeyOut
from api.analyses import AnalysisOut
from api.comments import original_routes as originals
from api.comments.original_routes import OriginalOut
from api.comments.schemas import CommentAnswer, CommentBatchOut, CommentIn, CommentPage
from api.corrections import examples as corrections
from api.corrections import queue_routes as labelling_queue
from api.corrections.figure_schemas import AgreementAnswer, CorrectionFigures
from api.corrections.schemas import CorrectionIn as LabelIn
from api.corrections.schemas import CorrectionOut, CorrectionPage
from api.departments import examples as departments
from api.departments.schemas import DepartmentList
from api.incoming import examples as incoming
from api.incoming.schemas import SourceIn, SourceList, SourceWithSecretOut, TakenOut
from api.intake import read_document
from api.jobs import examples as jobs
from api.jobs.schemas import JobOut, JobPage, JobResultsPage
from api.main import create_app
from api.policies import examples as policies
from api.policies.schemas import (
    ApplyIn,
    ApplyOut,
    BackTestIn,
    BackTestOut,
    PolicyIn,
    PolicyOut,
    PolicyVersionPage,
    PutOut,
)
from api.privacy import schemas as privacy
from api.privacy.schemas import CertificateOut, ErasurePage, PublicKeysOut
from api.reports import ticket_routes as ticket_figures
from api.scoring.schemas import CommentToScore, ScoreOut
from api.settings import Settings
from api.staff import examples as staff
from api.staff.schemas import (
    AbsenceChange,
    AbsenceIn,
    AbsenceOut,
    ImportOut,
    MemberChange,
    MemberIn,
    MemberOut,
    MembersIn,
    TeamChange,
    TeamIn,
    TeamOut,
)
from api.themes import examples as themes
from api.themes.schemas import (
    ChangeOut,
    CorrectionIn,
    DictionaryAnswer,
    DictionaryChangeOut,
    FitIn,
    FitOut,
    LineageOut,
    MergeIn,
    ThemeChange,
    ThemeCommentPage,
    ThemeDetailOut,
    ThemeIn,
    ThemeList,
)
from api.themes.statistics_schemas import EmergingAnswer, ImpactOut, TrendsOut
from api.tickets import move_examples as moves
from api.tickets.move_routes import RootCauseList
from api.tickets.move_schemas import (
    EscalateIn,
    FollowUpIn,
    FollowUpOut,
    NoteIn,
    ReopenIn,
    ResolveIn,
    TicketChange,
)
from api.tickets.schemas import AssignIn, HistoryOut, TicketDetailOut, TicketOut, TicketPage
from api.webhooks import examples as webhooks
from api.webhooks.schemas import (
    DeliveryOut,
    DeliveryPage,
    ReplayIn,
    ReplayOut,
    RotationIn,
    WebhookChange,
    WebhookIn,
    WebhookPage,
    WebhookWithSecretOut,
)
from tests.api.doubles import WordAnalyzer


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """Return the OpenAPI document."""
    app: FastAPI = create_app(Settings(database_url="sqlite:///unused.sqlite3"), WordAnalyzer())
    return app.openapi()


def operations(document: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [
        (f"{method.upper()} {path}", operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if path.startswith("/v1/")
    ]


def test_every_call_has_examples_in_both_languages(document: dict[str, Any]) -> None:
    names = [name for name, _ in operations(document)]
    assert len(names) >= 33
    for name, operation in operations(document):
        successes = [answer for status, answer in operation["responses"].items() if status < "204"]
        contents = [next(iter(answer["content"].values())) for answer in successes if "content" in answer]
        assert contents or "204" in operation["responses"], name
        if "requestBody" in operation:
            contents.append(operation["requestBody"]["content"]["application/json"])
        for content in contents:
            assert {"ja", "en"} <= set(content["examples"]), name
            assert content["schema"], name
        assert "Bearer" in str(document["components"]["securitySchemes"])
        assert operation["security"], name
        assert " / " in operation["summary"], name


def test_every_call_documents_its_problems(document: dict[str, Any]) -> None:
    for name, operation in operations(document):
        for status in ("401", "403", "422", "503"):
            content = operation["responses"][status]["content"]
            assert list(content) == ["application/problem+json"], (name, status)
    assert "$defs" not in str(document)
    assert "HTTPValidationError" not in str(document["paths"])


@pytest.mark.parametrize(
    ("model", "ja", "en"),
    [
        (CommentAnswer, examples.ANSWER_JA, examples.ANSWER_EN),
        (CommentAnswer, examples.ANSWER_JA, examples.READ_EN),
        (CommentBatchOut, examples.BATCH_OUT_JA, examples.BATCH_OUT_EN),
        (CommentPage, examples.COMMENTS_PAGE_JA, examples.COMMENTS_PAGE_EN),
        (LabelIn, corrections.IN_JA, corrections.IN_EN),
        (CorrectionOut, corrections.OUT_JA, corrections.OUT_EN),
        (CorrectionPage, corrections.PAGE_JA, corrections.PAGE_EN),
        (CorrectionFigures, corrections.FIGURES, corrections.FIGURES),
        (labelling_queue.QueueAnswer, labelling_queue.EXAMPLE_JA, labelling_queue.EXAMPLE_EN),
        (AgreementAnswer, corrections.AGREEMENT, corrections.AGREEMENT),
        (ScoreOut, examples.SCORE_OUT_JA, examples.SCORE_OUT_EN),
        (DepartmentList, departments.DEPARTMENTS_JA, departments.DEPARTMENTS_EN),
        (TicketPage, examples.TICKETS_PAGE_JA, examples.TICKETS_PAGE_EN),
        (ThemeList, themes.THEMES, themes.THEMES),
        (ThemeDetailOut, themes.THEME_DETAIL, themes.THEME_DETAIL),
        (LineageOut, themes.LINEAGE, themes.LINEAGE),
        (ThemeCommentPage, themes.THEME_PAGE_JA, themes.THEME_PAGE_EN),
        (DictionaryAnswer, themes.DICTIONARY_OUT_JA, themes.DICTIONARY_OUT_EN),
        (TrendsOut, themes.TRENDS, themes.TRENDS),
        (EmergingAnswer, themes.EMERGING, themes.EMERGING),
        (ImpactOut, themes.IMPACT, themes.IMPACT),
        (ThemeIn, themes.THEME_IN_JA, themes.THEME_IN_EN),
        (ThemeChange, themes.THEME_CHANGE_JA, themes.THEME_CHANGE_EN),
        (MergeIn, themes.MERGE_JA, themes.MERGE_EN),
        (CorrectionIn, themes.CORRECTION_JA, themes.CORRECTION_EN),
        (FitIn, themes.FIT_IN_JA, themes.FIT_IN_EN),
        (OriginalOut, originals.EXAMPLE_JA, originals.EXAMPLE_EN),
        (CertificateOut, privacy.CERTIFICATE_JA, privacy.CERTIFICATE_EN),
        (ErasurePage, privacy.PAGE_JA, privacy.PAGE_EN),
        (PublicKeysOut, privacy.KEYS, privacy.KEYS),
        (KeyIn, access.KEY_IN_JA, access.KEY_IN_EN),
        (KeyList, access.LIST_JA, access.LIST_EN),
        (NewKeyOut, access.NEW_JA, access.NEW_EN),
        (KeyOut, access.REVOKED_JA, access.REVOKED_EN),
        (TicketDetailOut, examples.TICKET_DETAIL_JA, examples.TICKET_DETAIL_EN),
        (WebhookIn, webhooks.WEBHOOK_IN_JA, webhooks.WEBHOOK_IN_EN),
        (WebhookChange, webhooks.CHANGE_JA, webhooks.CHANGE_EN),
        (WebhookWithSecretOut, webhooks.NEW_JA, webhooks.NEW_EN),
        (WebhookPage, webhooks.PAGE_JA, webhooks.PAGE_EN),
        (RotationIn, webhooks.ROTATION, webhooks.ROTATION),
        (ReplayIn, webhooks.REPLAY_JA, webhooks.REPLAY_EN),
        (ReplayOut, webhooks.REPLAYED, webhooks.REPLAYED),
        (DeliveryOut, webhooks.QUEUED, webhooks.QUEUED),
        (DeliveryPage, webhooks.DELIVERIES, webhooks.DELIVERIES),
        (SourceIn, incoming.SOURCE_IN_JA, incoming.SOURCE_IN_EN),
        (SourceWithSecretOut, incoming.NEW_JA, incoming.NEW_EN),
        (SourceList, incoming.PAGE_JA, incoming.PAGE_EN),
        (TakenOut, incoming.TAKEN, incoming.SEEN),
        (TicketChange, moves.CHANGE_JA, moves.CHANGE_EN),
        (NoteIn, moves.NOTE_JA, moves.NOTE_EN),
        (EscalateIn, moves.ESCALATE_JA, moves.ESCALATE_EN),
        (ResolveIn, moves.RESOLVE_JA, moves.RESOLVE_EN),
        (ReopenIn, moves.REOPEN_JA, moves.REOPEN_EN),
        (FollowUpIn, moves.FOLLOW_UP_JA, moves.FOLLOW_UP_EN),
        (FollowUpOut, *moves.FOLLOWED_UP),
        (RootCauseList, *moves.ROOT_CAUSES),
        (ticket_figures.TicketFiguresAnswer, ticket_figures.EXAMPLE, ticket_figures.EXAMPLE),
        (TicketOut, examples.ASSIGNED_JA, examples.ASSIGNED_EN),
        (AssignIn, examples.ASSIGN_JA, examples.ASSIGN_EN),
        (TeamOut, staff.TEAM_JA, staff.TEAM_EN),
        (TeamIn, staff.TEAM_IN_JA, staff.TEAM_IN_EN),
        (TeamChange, staff.TEAM_CHANGE_JA, staff.TEAM_CHANGE_EN),
        (MemberOut, staff.MEMBER_JA, staff.MEMBER_EN),
        (MemberIn, staff.MEMBER_IN_JA, staff.MEMBER_IN_EN),
        (MembersIn, staff.MEMBERS_IN_JA, staff.MEMBERS_IN_EN),
        (ImportOut, staff.IMPORTED_JA, staff.IMPORTED_EN),
        (MemberChange, staff.MEMBER_CHANGE_JA, staff.MEMBER_CHANGE_EN),
        (PolicyOut, policies.POLICY_JA, policies.POLICY_EN),
        (PolicyVersionPage, policies.VERSIONS, policies.VERSIONS),
        (ApplyOut, policies.APPLIED, policies.APPLIED),
    ],
)
def test_examples_of_answers_have_the_published_shape(
    model: type[BaseModel], ja: dict[str, Any], en: dict[str, Any]
) -> None:
    for example in (ja, en):
        assert model.model_validate(example).model_dump(mode="json", exclude_unset=True) == example


def test_examples_of_changes_have_the_published_shape() -> None:
    for model, example in (
        (ChangeOut, themes.CHANGE),
        (FitOut, themes.FIT_QUEUED),
        (FitOut, themes.FIT_DONE),
        (JobOut, jobs.JOB_QUEUED),
        (JobOut, jobs.JOB_DONE),
        (JobOut, jobs.JOB_CANCELLED),
        (JobPage, jobs.JOBS_PAGE),
        (JobResultsPage, jobs.RESULTS_JA),
        (JobResultsPage, jobs.RESULTS_EN),
        (DictionaryChangeOut, themes.DICTIONARY_CHANGE_JA),
        (DictionaryChangeOut, themes.DICTIONARY_CHANGE_EN),
    ):
        shown = model.model_validate(example).model_dump(mode="json", by_alias=True)
        assert shown == example


def test_examples_with_other_names_have_the_published_shape() -> None:
    for model, example in (
        (AbsenceOut, staff.ABSENCE_JA),
        (AbsenceOut, staff.ABSENCE_EN),
        (BackTestOut, policies.BACK_TEST_JA),
        (BackTestOut, policies.BACK_TEST_EN),
        (PutOut, policies.PUT_JA),
        (PutOut, policies.PUT_EN),
    ):
        shown = model.model_validate(example).model_dump(mode="json", by_alias=True)
        assert shown == example
    for body, example in (
        (AbsenceIn, staff.ABSENCE_IN_JA),
        (AbsenceIn, staff.ABSENCE_IN_EN),
        (AbsenceChange, staff.ABSENCE_CHANGE),
        (BackTestIn, policies.BACK_TEST_IN_JA),
        (BackTestIn, policies.BACK_TEST_IN_EN),
        (ApplyIn, policies.APPLY_IN),
        (PolicyIn, policies.POLICY_IN_JA),
        (PolicyIn, policies.POLICY_IN_EN),
    ):
        body.model_validate(example)


def test_examples_of_histories_have_the_published_shape() -> None:
    for example in (examples.HISTORY_JA, examples.HISTORY_EN):
        renamed = [
            {
                "before" if key == "from" else "after" if key == "to" else key: value
                for key, value in item.items()
            }
            for item in example["items"]
        ]
        dumped = HistoryOut.model_validate({"items": renamed}).model_dump(mode="json", by_alias=True)
        assert dumped == example


def test_examples_of_requests_can_be_sent() -> None:
    for comment in (examples.COMMENT_IN_JA, examples.COMMENT_IN_EN, *examples.BATCH_IN_JA["comments"]):
        read_document(CommentIn, comment)
    read_document(CommentToScore, examples.SCORE_IN_JA["comments"][0])


def test_spans_of_the_examples_fit_their_texts() -> None:
    for text, analysis in (
        (examples.TEXT_JA, examples.ANSWER_JA["analysis"]),
        (examples.TEXT_EN, examples.ANSWER_EN["analysis"]),
        (examples.ANSWER_EN["comment"]["text"], examples.READ_EN["analysis"]),
    ):
        for aspect in analysis["aspects"]:
            assert text[aspect["start"] : aspect["end"]] == aspect["term"]
        assert analysis["sentences"][-1]["end"] == len(text)
        for found in analysis["pii"]:
            assert text[found["start"] : found["end"]] in ("03-1234-5678", "[PHONE1]")
    ja = examples.ANSWER_JA["analysis"]
    assert [examples.TEXT_JA[part["start"] : part["end"]] for part in ja["sentences"]] == [
        "荷物が届きません。",
        "電話もつながらず、もう解約します。",
    ]
    [leaving] = ja["urgency"]["reasons"]
    assert examples.TEXT_JA[leaving["start"] : leaving["end"]] == "もう解約します"
    [churn] = ja["churn"]["reasons"]
    assert examples.TEXT_JA[churn["start"] : churn["end"]] == "解約"


@pytest.mark.parametrize("text", ["配送が最悪。解約する 090-1234-5678", "The delivery is late, I cancel"])
def test_the_published_shape_is_the_librarys(text: str) -> None:
    [analysis] = WordAnalyzer().analyze([text])
    shown = AnalysisOut.model_validate(analysis.to_dict())
    assert shown.model_dump(mode="json") == analysis.to_dict()
