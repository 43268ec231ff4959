"""Every code and every hint of the product has a sentence, in Russian too."""

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterable, Iterator

import pytest
from flask_babel import force_locale

import central
import node
import sync
from sync import errors
from sync.documents import judgement
from sync.replication.outcome import Ending
from sync.school import permissions
from sync.web import messages, sentences
from tests.support import source
from tests.support.shell_program import make_program


def texts_given_to(keyword: str) -> Iterator[tuple[str, str]]:
    """Yield (place, text) for every literal given as ``keyword=`` where an error is raised."""
    for path in source.files(*source.PACKAGES, suffix=".py"):
        for call in ast.walk(source.syntax(path)):
            if isinstance(call, ast.Call) and "errors." in ast.unparse(call.func):
                for argument in call.keywords:
                    if argument.arg == keyword:
                        for part in ast.walk(argument.value):
                            if isinstance(part, ast.Constant) and isinstance(part.value, str):
                                yield f"{source.name(path)}:{call.lineno}", part.value


def test_every_error_class_has_a_sentence_and_a_next_step() -> None:
    for package in (central, node, sync):  # classes exist once their module is imported
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)
    product = [kind for kind in errors.every_error() if not kind.__module__.startswith("tests")]
    missing = [
        (kind.__name__, kind.code, kind.hint)
        for kind in product
        if not messages.is_known(kind.code) or kind.hint not in sentences.NEXT_STEPS
    ]

    assert missing == []


def test_every_code_given_to_an_error_has_a_sentence() -> None:
    missing = [
        (place, code) for place, code in texts_given_to("code") if not messages.is_known(code)
    ]

    assert missing == []


def test_every_hint_given_to_an_error_has_a_next_step() -> None:
    missing = [
        (place, hint) for place, hint in texts_given_to("hint") if hint not in sentences.NEXT_STEPS
    ]

    assert missing == []


def test_every_reason_of_the_judgement_has_a_sentence() -> None:
    codes = re.findall("``([a-z_]+)``", judgement.judge_step.__doc__ or "")

    assert len(codes) >= 8
    assert unknown(codes) == []


def test_every_missing_right_has_a_sentence() -> None:
    assert unknown(permissions.REASON_CODES - {permissions.GRANTED}) == []


def test_every_way_a_sync_ends_unwell_has_a_sentence() -> None:
    assert unknown({Ending.CENTRAL_UNKNOWN, Ending.CREDENTIALS_REFUSED}) == []


def test_every_code_of_a_violation_or_refused_revision_has_a_sentence() -> None:
    """Raised where no error of the tree is: ``Violation("schema", …)``, ``Refused("bad_mac")``."""
    codes = {
        call.args[0].value
        for path in source.files(*source.PACKAGES, suffix=".py")
        for call in ast.walk(source.syntax(path))
        if isinstance(call, ast.Call) and ast.unparse(call.func) in ("Violation", "Refused")
        if call.args and isinstance(call.args[0], ast.Constant)
    }

    assert {"schema", "bad_mac"} <= codes
    assert unknown(codes) == []


def unknown(codes: Iterable[str]) -> list[str]:
    return sorted(code for code in codes if not messages.is_known(code))


@pytest.mark.parametrize("language", ["ru", "en"])
def test_facts_are_filled_in(language: str) -> None:
    error = errors.MarkNotUnderstood(typed="7", allowed="5 4 3 2")
    with make_program().app.test_request_context("/"), force_locale(language):
        said = f"{messages.sentence(error)} {messages.next_step(error)}"

    expected = {
        "ru": "«7» – не отметка. Здесь можно: 5 4 3 2",
        "en": "“7” is not a mark. Possible here: 5 4 3 2",
    }
    assert said == expected[language]


@pytest.mark.parametrize(
    ("seconds", "wait"),
    [
        (1, "1 секунду"),
        (30, "30 секунд"),
        (32, "32 секунды"),
        (60, "1 минуту"),
        (61, "2 минуты"),
        (900, "15 минут"),
    ],
)
def test_wait_is_said_in_the_right_form(seconds: int, wait: str) -> None:
    with make_program().app.test_request_context("/"):
        said = messages.sentence(errors.TooManyAttempts(seconds=seconds))

    assert said == f"Слишком много неверных паролей. Следующая попытка – через {wait}."


def test_unknown_code_and_missing_fact_still_give_a_sentence() -> None:
    with make_program().app.test_request_context("/"):
        assert messages.sentence(errors.JournalError(code="from_the_future")) == "Не получилось."
        gap = errors.MarkNotUnderstood(other="x")
        assert messages.sentence(gap) == "Не получилось."
        assert messages.next_step(errors.JournalError(hint="from_the_future")).startswith(
            "Сообщите"
        )


def test_sentences_are_short_and_calm() -> None:
    with make_program().app.test_request_context("/"), force_locale("ru"):
        texts = [str(t) for t in (*sentences.SENTENCES.values(), *sentences.NEXT_STEPS.values())]

    assert [text for text in texts if "!" in text or len(text) > 120] == []
    assert [text for text in texts if "оценк" in text.lower()] == []
