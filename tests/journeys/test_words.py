"""What the demonstration says, it says in both languages."""

import ast
import io
import string

import pytest

from tests.support import source, tools

words = tools.load_script("demonstration.words")

SCRIPTS = [
    tools.ROOT / "scripts" / "demo.py",
    *sorted((tools.ROOT / "scripts" / "demonstration").glob("*.py")),
]


def texts_said() -> set[str]:
    """Every text that is written where something is said."""
    return {
        node.args[0].value
        for path in SCRIPTS
        for node in ast.walk(source.syntax(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("say", "step", "text")
        and node.args
        and isinstance(node.args[0], ast.Constant)
    }


def texts_written() -> set[str]:
    return {
        node.value
        for path in SCRIPTS
        if path.name != "words.py"
        for node in ast.walk(source.syntax(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def names_in(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_everything_said_has_russian_words() -> None:
    assert len(texts_said()) > 20
    assert texts_said() - words.RUSSIAN.keys() == set()


def test_no_translation_is_left_over() -> None:
    assert words.RUSSIAN.keys() - texts_written() - {"ok", "FAILED"} == set()


@pytest.mark.parametrize("text", sorted(words.RUSSIAN))
def test_translation_names_the_same_facts(text) -> None:
    assert names_in(words.RUSSIAN[text]) == names_in(text)


def test_step_tells_its_end_and_failure() -> None:
    stream = io.StringIO()
    teller = words.Teller("ru", stream)

    with teller.step("{number} sign-ins made") as told:
        told["number"] = 7
    with pytest.raises(ZeroDivisionError), teller.step("{number} sign-ins made"):
        raise ZeroDivisionError

    lines = stream.getvalue().splitlines()
    assert lines[0].strip().startswith("да")
    assert lines[0].endswith("учётных записей создано: 7")
    assert lines[1].strip().startswith("НЕТ")
    assert lines[1].endswith("учётных записей создано: …")
