"""The demonstration's folder keeps its table and its time, and takes nobody else's place."""

from datetime import UTC, datetime, timedelta

import pytest

from sync import clock, errors
from tests.support import tools

folder = tools.load_script("demonstration.folder")


def state(shown: datetime):
    row = folder.SignIn("node-1", "Носова О. А.", "nosova", "лавина сосед", "text", {"room": "1"})
    return folder.State(shown, ("105", "104"), (row,), {"lessons": 7})


def new_folder(tmp_path):
    made = folder.DemoFolder(tmp_path / "new")
    made.path.mkdir()
    return made


def test_two_demonstrations_do_not_share_a_folder(tmp_path) -> None:
    made = folder.DemoFolder(tmp_path / "new")

    with made.owned(), pytest.raises(errors.DataFolderBusy), made.owned():
        pass

    with made.owned():  # the lock's file alone is nobody's
        assert made.read() is None


def test_new_folder_has_no_state(tmp_path) -> None:
    assert folder.DemoFolder(tmp_path / "new").read() is None


def test_state_is_read_as_it_was_kept(tmp_path) -> None:
    made = new_folder(tmp_path)
    made.begin()
    kept = state(datetime(2026, 10, 14, 8, tzinfo=UTC))

    made.keep(kept)

    assert made.read() == kept


def test_first_start_that_was_broken_off_begins_anew(tmp_path) -> None:
    made = new_folder(tmp_path)
    made.begin()
    (made.path / "mine.txt").touch()
    (made.path / "central").mkdir()
    assert made.read() is None

    made.begin()

    assert not (made.path / "central").exists()
    assert (made.path / "mine.txt").exists()


def test_folder_of_something_else_is_refused_and_left_alone(tmp_path) -> None:
    (tmp_path / "thesis.txt").write_text("text", "utf-8")

    with pytest.raises(folder.FolderRefused):
        folder.DemoFolder(tmp_path).read()

    assert [one.name for one in tmp_path.iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize("words", ["{", '{"format": 99, "finished": true}'])
def test_unknown_state_is_refused(tmp_path, words) -> None:
    (tmp_path / "demo.json").write_text(words, "utf-8")

    with pytest.raises(folder.FolderRefused):
        folder.DemoFolder(tmp_path).read()


def test_time_goes_on_and_never_back() -> None:
    long_ago = datetime(2026, 10, 1, tzinfo=UTC)
    later = folder.BEGINS + timedelta(days=3)

    assert folder.goes_on_at(state(long_ago)) == folder.BEGINS
    assert folder.goes_on_at(state(later)) > later + folder.NOTE_EVERY


def test_clocks_of_all_programs_show_the_same(tmp_path) -> None:
    made = folder.DemoFolder(tmp_path)
    shows = datetime(2026, 10, 14, 9, 30, tzinfo=UTC)

    made.set_clocks(shows)

    for program in made.programs():
        shown = clock.clock_of_folder(program, demonstration=True).now()
        assert timedelta(0) <= shown - shows < timedelta(minutes=5)
        with pytest.raises(errors.DemonstrationFolder):
            clock.clock_of_folder(program, demonstration=False)
