"""``journal-central`` as people use it: words in their language, exit codes, nothing half done."""

import re
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from central import cli, storage
from central.commands import accounts
from central.storage import Storage
from sync.accounts import passwords
from sync.accounts.accounts import AccountBook
from sync.accounts.passwords import Effort
from tests.support import workbooks
from tests.support.workbooks import Book


@pytest.fixture(autouse=True)
def cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts, "Verifiers", lambda: passwords.Verifiers(Effort(8, 1)))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    storage.initialise(tmp_path / "central")
    return tmp_path / "central"


def run(*arguments: object, typed: str | None = None) -> Result:
    words = [str(one) for one in arguments]
    return CliRunner().invoke(cli.main, words, input=typed, catch_exceptions=False)


def bring(folder: Path, book: Book, *options: object) -> Result:
    path = book.save(folder.parent / "book.xlsx")
    return run("--lang", "en", "import-school", path, "--data", folder, *options)


def test_folder_is_set_up_and_the_keys_are_spoken_of(tmp_path: Path) -> None:
    done = run("init", "--data", tmp_path / "central")

    assert done.exit_code == 0
    assert "entry-keys.json" in done.output
    assert run("init", "--data", tmp_path / "central").exit_code == 1


@pytest.mark.parametrize(("language", "words"), [("ru", "Папка с данными"), ("en", "data folder")])
def test_errors_are_said_in_the_language_and_end_with_code_one(
    tmp_path: Path, language: str, words: str
) -> None:
    done = run("--lang", language, "enrol-node", "--room", "1", "--data", tmp_path / "nowhere")

    assert done.exit_code == 1
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert re.search("[А-Яа-я]", done.stderr) if language == "ru" else "set up" in done.stderr


@pytest.mark.parametrize("command", [(), *((name,) for name in sorted(cli.main.commands))])
@pytest.mark.parametrize("language", ["ru", "en"])
def test_help_is_in_the_language(command: Sequence[str], language: str) -> None:
    done = run("--lang", language, *command, "--help")

    assert done.exit_code == 0
    words = done.output.partition("\n\n")[2].partition("--lang")[0]
    assert bool(re.search("[А-Яа-я]{4}", words)) == (language == "ru")


def test_busy_folder_is_told(folder: Path) -> None:
    with Storage.open(folder):
        done = run("--lang", "en", "enrol-node", "--room", "1", "--data", folder)

    assert done.exit_code == 1
    assert "Another program is working with this data folder." in done.stderr


# ------------------------------------------------------------------------------------------ import


def test_figures_are_printed_and_the_second_time_there_are_no_changes(folder: Path) -> None:
    path = workbooks.DATA / "school-small.xlsx"

    first = run("--lang", "en", "import-school", path, "--data", folder)
    second = run("--lang", "en", "import-school", path, "--data", folder)

    assert (first.exit_code, second.exit_code) == (0, 0)
    lines = {line.split()[0]: line.split()[1:] for line in first.stdout.splitlines() if line}
    assert lines["Классы"] == ["4", "4", "0", "0"]
    assert lines["Ученики"] == ["106", "106", "0", "0"]
    assert lines["КТП"] == ["2992", "2992", "0", "0"]
    assert "654 documents written" in first.stdout
    assert "0 changes" in second.stdout
    assert second.stderr == ""


def test_bar_is_silent_where_nobody_looks(folder: Path) -> None:
    done = bring(folder, Book())

    assert done.stderr == ""


def test_bad_rows_are_listed_and_nothing_is_imported(folder: Path) -> None:
    done = bring(folder, Book().set("Ученики", 2, "Класс", "6А"))

    assert done.exit_code == 1
    assert "Ученики, row 2, Класс: There is no class “6А”." in done.stderr
    assert "Nothing was imported." in done.stderr
    assert done.stdout == ""
    skipped = bring(folder, Book().set("Ученики", 2, "Класс", "6А"), "--skip-bad-rows")
    assert skipped.exit_code == 0
    assert "Left out (3):" in skipped.stderr
    assert re.search(r"^Ученики +5 +4 +0 +0$", skipped.stdout, re.MULTILINE)


def test_long_lists_are_cut_and_counted(folder: Path) -> None:
    book = Book()
    for number in range(300):
        book.add("Родители", "А", "Б", "В", None, None, f"Я-{number}", "мать")

    done = bring(folder, book)

    assert "These rows cannot be used (300):" in done.stderr
    assert "… and 100 more" in done.stderr


def test_damaged_file_is_a_sentence(folder: Path) -> None:
    (folder.parent / "bad.xlsx").write_bytes(b"PK\x03\x04 and nothing else")

    done = run("import-school", folder.parent / "bad.xlsx", "--data", folder)

    assert done.exit_code == 1
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1


def test_questions_are_listed_with_codes_for_a_file_of_answers(folder: Path) -> None:
    bring(folder, Book())
    book = Book().set("Сотрудники", 5, "Имя", "Ирена")

    asked = bring(folder, book)
    assert asked.exit_code == 1
    code = asked.stdout.splitlines()[-1].strip()
    (folder.parent / "answers.txt").write_text(f"{code} yes\n", "utf-8")
    answered = bring(folder, book, "--answers", folder.parent / "answers.txt")

    assert answered.exit_code == 0
    assert "1 change" in answered.stdout


def test_person_at_the_keyboard_is_asked(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bring(folder, Book())
    path = Book().set("Сотрудники", 5, "Имя", "Ирена").save(folder.parent / "near.xlsx")
    runner = CliRunner()
    with runner.isolation(input="может быть\nда\n") as (_, stderr, _):
        monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
        with pytest.raises(SystemExit) as ended:
            cli.main.main(["import-school", str(path), "--data", str(folder)])
        said = stderr.getvalue().decode()

    assert ended.value.code == 0
    assert said.count("Ситникова Ирена Антоновна") == 2


def test_day_of_effect_is_taken_and_said(folder: Path) -> None:
    bring(folder, Book())
    book = Book().set("Расписание", 3, "День недели", "Четверг")

    done = bring(folder, book, "--from", "09.11.2026")

    assert "take effect on 09.11.2026" in done.stdout
    outside = bring(folder, Book(), "--from", "2030-01-01")
    assert outside.exit_code == 1
    assert "2026-09-01 to 2027-05-26" in outside.stderr


def test_roles_of_accounts_follow_the_import(folder: Path) -> None:
    bring(folder, Book())
    run("accounts", "--staff", "--data", folder)

    done = bring(folder, Book().set("Сотрудники", 4, "Роли", "учитель; завуч"))

    assert "The rights follow the new roles: 1 account." in done.stdout


# ---------------------------------------------------------------------------------------- accounts


def test_slips_are_printed_once(folder: Path) -> None:
    bring(folder, Book())

    first = run("accounts", "--staff", "--address", "https://diary.school", "--data", folder)
    second = run("accounts", "--staff", "--data", folder)

    assert first.exit_code == 0
    assert first.stdout.count("Одноразовый пароль:") == 4
    assert first.stdout.count("https://diary.school") == 4
    assert second.stdout == ""
    assert "0" in second.stderr


def test_everybody_gets_one_when_nobody_is_named(folder: Path) -> None:
    bring(folder, Book())

    done = run("accounts", "--data", folder)

    assert done.stdout.count("Одноразовый пароль:") == 7


def test_slips_of_one_class_go_into_a_new_file(folder: Path) -> None:
    bring(folder, Book())
    out = folder.parent / "slips.txt"

    done = run("accounts", "--guardians", "--class", "5Б", "--out", out, "--data", folder)

    assert done.stdout == ""
    assert out.read_text("utf-8").count("Одноразовый пароль:") == 1
    again = run("accounts", "--guardians", "--out", out, "--data", folder)
    assert again.exit_code == 1
    with workbooks.opened(folder) as central:
        assert len(list(AccountBook(central.store.records, central.clock).all())) == 1


def test_password_is_issued_anew(folder: Path) -> None:
    bring(folder, Book())
    run("accounts", "--staff", "--data", folder)

    done = run("accounts", "--reissue", "elkin.ps", "--data", folder)

    assert done.stdout.startswith("Ёлкин Пётр Сергеевич\n")
    assert run("accounts", "--reissue", "nobody", "--data", folder).exit_code == 1


# ------------------------------------------------------------------------------ nodes, substitution


def test_code_for_a_node_is_the_only_word_on_the_standard_output(folder: Path) -> None:
    bring(folder, Book())

    done = run("enrol-node", "--room", 104, "--homeroom", "5а", "--data", folder)

    assert re.fullmatch(r"([0-9A-Z]{4}-){2}[0-9A-Z]{4}\n", done.stdout)
    assert "journal-node enrol" in done.stderr
    with workbooks.opened(folder) as central:
        (node,) = central.store.records.scan("node")
        assert node.value["homeroom"] == [workbooks.one(central, "class", name="5А")["id"]]


def test_node_for_a_class_that_is_not_there_is_refused(folder: Path) -> None:
    bring(folder, Book())

    done = run("--lang", "en", "enrol-node", "--room", 1, "--homeroom", "7Я", "--data", folder)

    assert done.exit_code == 1
    assert "There is no class “7Я”." in done.stderr


def test_substitution_is_entered(folder: Path) -> None:
    bring(folder, Book())
    lesson = ("--class", "5Б", "--subject", "мат", "--date", "14.10.2026", "--lesson", 2)

    done = run("substitute", *lesson, "--teacher", "Орлова", "--room", 21, "--data", folder)
    wrong = run("substitute", *lesson[:-1], 1, "--teacher", "Орлова", "--data", folder)

    assert done.exit_code == 0
    assert wrong.exit_code == 1
    with workbooks.opened(folder) as central:
        (value,) = workbooks.values_of(central, "substitution")
        assert (value["date"], value["room"]) == ("2026-10-14", "21")


def test_lesson_is_moved_or_cancelled(folder: Path) -> None:
    bring(folder, Book())
    lesson = ("--class", "5Б", "--subject", "мат", "--date", "14.10.2026", "--lesson", 2)

    run("substitute", *lesson, "--room", 40, "--data", folder)
    with workbooks.opened(folder) as central:
        assert workbooks.values_of(central, "substitution")[0]["change"] == "moved"
    run("substitute", *lesson, "--cancel", "--data", folder)
    with workbooks.opened(folder) as central:
        assert workbooks.values_of(central, "substitution")[0]["change"] == "cancelled"
