"""One writer, many readers, whole backups, and no error of the driver outside."""

import threading
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from sync import errors
from sync.store.connection import Connection, Database, open_connection
from sync.store.document_store import DocumentStore
from tests.store.stores import open_store


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path / "file.db", busy_timeout_seconds=0.01)
    with database.write() as connection:
        connection.execute("CREATE TABLE t (n INTEGER PRIMARY KEY) STRICT")
    yield database
    database.close()


def numbers(connection: Connection) -> list[int]:
    return [row[0] for row in connection.execute("SELECT n FROM t ORDER BY n")]


def write(database: Database, *values: int) -> None:
    with database.write() as connection:
        connection.executemany("INSERT INTO t VALUES (?)", [(value,) for value in values])


def in_thread(work: object) -> None:
    assert callable(work)
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


def test_every_connection_is_durable_and_checked(database: Database) -> None:
    def pragmas(connection: Connection) -> dict[str, object]:
        names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout", "query_only")
        return {name: connection.execute(f"PRAGMA {name}").fetchall()[0][0] for name in names}

    common = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 10}
    assert pragmas(database.read()) == {**common, "query_only": 1}
    database.read().execute("SELECT 1")
    with database.write() as connection:
        assert pragmas(connection) == {**common, "query_only": 0}


def test_write_is_seen_after_its_commit_only(database: Database) -> None:
    with database.write() as connection:
        connection.execute("INSERT INTO t VALUES (1)")
        assert numbers(connection) == [1]
        assert numbers(database.read()) == []

    assert numbers(database.read()) == [1]


def test_write_that_fails_leaves_nothing(database: Database) -> None:
    with pytest.raises(KeyError), database.write() as connection:
        write_and_fail(connection)

    assert numbers(database.read()) == []
    write(database, 2)
    assert numbers(database.read()) == [2]


def write_and_fail(connection: Connection) -> None:
    connection.execute("INSERT INTO t VALUES (1)")
    raise KeyError


def test_reader_cannot_write(database: Database) -> None:
    with pytest.raises(errors.StoreUnavailable) as refused:
        database.read().execute("INSERT INTO t VALUES (1)")

    assert refused.value.code == "store_read_only"


def test_write_inside_a_write_of_the_same_thread_is_a_bug(database: Database) -> None:
    with pytest.raises(RuntimeError), database.write():
        write(database, 1)
    with pytest.raises(RuntimeError), database.write():
        database.close()

    write(database, 2)
    assert numbers(database.read()) == [2]


def test_second_writer_waits_and_then_says_that_the_store_is_locked(database: Database) -> None:
    refusals: list[str] = []

    def second() -> None:
        with pytest.raises(errors.StoreUnavailable) as refused:
            write(database, 2)
        refusals.append(refused.value.code)

    with database.write() as connection:
        connection.execute("INSERT INTO t VALUES (1)")
        in_thread(second)

    assert refusals == ["store_locked"]
    assert numbers(database.read()) == [1]


def test_lock_of_another_connection_is_store_locked(database: Database) -> None:
    stranger = open_connection(database.path)
    stranger.execute("BEGIN IMMEDIATE")

    with pytest.raises(errors.StoreUnavailable) as refused:
        write(database, 1)

    assert (refused.value.code, refused.value.hint) == ("store_locked", "try_again")
    assert numbers(database.read()) == []
    stranger.execute("ROLLBACK")
    stranger.close()
    write(database, 1)
    assert numbers(database.read()) == [1]


def test_snapshot_stays_on_one_state(database: Database) -> None:
    write(database, 1)

    with database.snapshot() as outer:
        assert numbers(outer) == [1]
        write(database, 2)
        with database.snapshot() as inner:
            assert numbers(inner) == [1]
        assert numbers(outer) == [1]

    assert numbers(database.read()) == [1, 2]


def test_snapshot_ends_when_its_block_fails(database: Database) -> None:
    with pytest.raises(KeyError), database.snapshot() as connection:
        fail(connection)

    assert not database.read().in_transaction


def fail(connection: Connection) -> None:
    numbers(connection)
    raise KeyError


def test_each_thread_has_a_reader_of_its_own(database: Database) -> None:
    seen = [database.read(), database.read()]
    in_thread(lambda: seen.append(database.read()))

    assert seen[0] is seen[1]
    assert seen[0] is not seen[2]


def test_closing_closes_the_readers_of_all_threads(tmp_path: Path) -> None:
    database = Database(tmp_path / "file.db")
    opened, closed = threading.Event(), threading.Event()
    codes: list[str] = []

    def reader() -> None:
        connection = database.read()
        cursor = connection.execute("VALUES (1), (2)")
        cursor.fetchone()
        opened.set()
        closed.wait()
        for use in (
            cursor.fetchone,
            lambda: connection.execute("SELECT 1"),
            lambda: database.snapshot().__enter__(),
        ):
            with pytest.raises(errors.StoreUnavailable) as refused:
                use()
            codes.append(refused.value.code)

    thread = threading.Thread(target=reader)
    thread.start()
    opened.wait()
    database.close()
    closed.set()
    thread.join()

    assert codes == ["store_closed", "store_closed", "store_closed"]
    with pytest.raises(errors.StoreUnavailable):
        database.snapshot().__enter__()
    with pytest.raises(errors.StoreUnavailable):
        database.write().__enter__()
    database.close()
    assert [file.name for file in tmp_path.iterdir()] == ["file.db"]


def test_closing_wakes_whoever_waits(tmp_path: Path) -> None:
    store = open_store(tmp_path / "journal.db")
    answers: list[bool] = []
    since = store.update_seq()
    waiter = threading.Thread(
        target=lambda: answers.append(store.wait_for_change(since, timeout_seconds=60))
    )
    _run_into_wait(store, waiter)

    store.close()
    waiter.join()

    assert answers == [False]


def _run_into_wait(store: DocumentStore, waiter: threading.Thread) -> None:
    """Start ``waiter`` and return when it waits: then, and only then, the condition is free."""
    entered = threading.Event()
    condition = store._moved
    original = condition.wait

    def wait(timeout: float | None = None) -> bool:
        entered.set()
        return original(timeout)

    condition.wait = wait  # type: ignore[method-assign]
    waiter.start()
    entered.wait()
    with condition:
        pass


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("SELECT * FROM nothing", "store_failed"),
        ("INSERT INTO t VALUES (1), (1)", "store_failed"),
        ("INSERT INTO t VALUES ('x')", "store_failed"),
        ("no SQL", "store_failed"),
    ],
)
def test_error_of_the_driver_becomes_one_of_ours(database: Database, sql: str, code: str) -> None:
    with pytest.raises(errors.StoreUnavailable) as refused, database.write() as connection:
        connection.execute(sql)

    assert refused.value.code == code
    assert refused.value.__cause__ is not None


def test_error_between_rows_becomes_one_of_ours(database: Database) -> None:
    rows = "SELECT abs(value) FROM json_each('[1,-9223372036854775808]')"

    for read_on in (
        lambda cursor: cursor.fetchall(),
        list,
        lambda cursor: [cursor.fetchone(), cursor.fetchone()],
        lambda cursor: cursor.fetchmany(5),
    ):
        with pytest.raises(errors.StoreUnavailable):
            read_on(database.read().execute(rows))


def test_cursor_gives_rows_one_by_one(database: Database) -> None:
    cursor = database.read().execute("VALUES (1), (2)")

    assert next(cursor) == (1,)
    assert list(cursor) == [(2,)]
    assert next(cursor, None) is None


def test_none_and_truth_values_are_bound_as_null_and_numbers(database: Database) -> None:
    with database.write() as connection:
        connection.execute("CREATE TABLE bound (what ANY, n INTEGER) STRICT")
        connection.executemany("INSERT INTO bound VALUES (?, ?)", [(None, None), (True, False)])
        connection.execute("INSERT INTO bound VALUES (:what, :n)", {"what": False, "n": True})

    rows = database.read().execute("SELECT what, typeof(what), n FROM bound").fetchall()

    assert rows == [(None, "null", None), (1, "integer", 0), (0, "integer", 1)]


def test_rows_to_write_may_be_made_by_reading_the_same_connection(database: Database) -> None:
    write(database, 1, 2)

    with database.write() as connection:
        rows = ((connection.execute("SELECT max(n) + 1 FROM t").fetchone()) for _ in range(3))
        connection.executemany("INSERT INTO t VALUES (?)", rows)

    assert numbers(database.read()) == [1, 2, 3, 4, 5]


def test_full_disk_is_told_and_nothing_is_half_written(tmp_path: Path) -> None:
    database = Database(tmp_path / "file.db")
    with database.write() as connection:
        connection.execute("CREATE TABLE t (n INTEGER PRIMARY KEY, filling BLOB) STRICT")
        pages = connection.execute("PRAGMA page_count").fetchall()[0][0]
        connection.execute(f"PRAGMA max_page_count = {pages + 3}")

    with pytest.raises(errors.StoreUnavailable) as refused, database.write() as connection:
        connection.executemany("INSERT INTO t VALUES (?, zeroblob(?))", [(1, 100), (2, 100000)])

    assert (refused.value.code, refused.value.hint) == ("disk_full", "free_disk_space")
    assert numbers(database.read()) == []
    with database.write() as connection:
        connection.execute("INSERT INTO t VALUES (3, NULL)")
    assert numbers(database.read()) == [3]


@pytest.mark.parametrize("content", [b"no database at all" * 100, b"SQLite format 3\x00" * 200])
def test_file_that_is_no_database_is_told(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "file.db"
    file.write_bytes(content)

    with pytest.raises(errors.StoreUnavailable) as refused:
        open_store(file)

    assert refused.value.code == "store_damaged"
    assert file.read_bytes() == content


def test_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(errors.StoreUnavailable) as refused:
        Database(tmp_path / "nowhere" / "file.db")

    assert refused.value.code == "store_not_opened"


def test_older_sqlite_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sync.store.connection._OLDEST_SQLITE", (99, 0, 0))

    with pytest.raises(errors.StoreUnavailable) as refused:
        Database(tmp_path / "file.db")

    assert refused.value.code == "sqlite_too_old"


def test_file_of_a_newer_program_is_refused_and_not_changed(tmp_path: Path) -> None:
    store = open_store(tmp_path / "journal.db")
    with store.database.write() as connection:
        connection.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at)"
            " VALUES ('sync.store', 'of_tomorrow', 'then')"
        )
    before = store.database.read().execute("SELECT count(*) FROM epoch").fetchall()
    store.close()

    with pytest.raises(errors.StoreUnavailable) as refused:
        open_store(tmp_path / "journal.db")

    assert refused.value.code == "store_newer"
    after = Database(tmp_path / "journal.db").read().execute("SELECT count(*) FROM epoch")
    assert after.fetchall() == before


# ---------------------------------------------------------------------------------- backup


def test_backup_is_a_whole_store_of_that_moment(tmp_path: Path) -> None:
    store = open_store(tmp_path / "journal.db")
    rev = store.put("a", {"n": 1}, parent=None)
    store.records.put("c", "k", {}, None)

    store.database.backup(tmp_path / "backup.db")
    store.put("b", {}, parent=None)

    copy = open_store(tmp_path / "backup.db")
    assert copy.uuid == store.uuid
    assert copy.get("a", rev) == store.get("a")
    assert copy.get("b") is None
    assert copy.records.count("c") == 1


def test_backup_replaces_an_older_one_and_a_broken_attempt(tmp_path: Path) -> None:
    store = open_store(tmp_path / "journal.db")
    target = tmp_path / "backup.db"
    target.write_text("older backup")
    (tmp_path / "backup.db.part").write_text("cut by a crash")

    store.database.backup(target)

    assert open_store(target).uuid == store.uuid
    assert not (tmp_path / "backup.db.part").exists()


def test_backup_that_fails_leaves_the_older_one(tmp_path: Path) -> None:
    store = open_store(tmp_path / "journal.db")
    (tmp_path / "backup.db").write_text("older backup")
    (tmp_path / "backup.db.part").mkdir()

    with pytest.raises(errors.StoreUnavailable):
        store.database.backup(tmp_path / "backup.db")
    with pytest.raises(errors.StoreUnavailable):
        store.database.backup(tmp_path / "nowhere" / "backup.db")

    assert (tmp_path / "backup.db").read_text() == "older backup"


def test_backup_goes_on_beside_an_open_write(tmp_path: Path) -> None:
    store = open_store(tmp_path / "journal.db")
    store.put("a", {}, parent=None)

    with store.transaction() as running:
        running.put("b", {}, parent=None)
        store.database.backup(tmp_path / "backup.db")

    assert [row.id for row in open_store(tmp_path / "backup.db").changes(0).rows] == ["a"]


def test_statements_of_weeks_leave_nothing_in_memory(database: Database) -> None:
    connection = database.read()

    def run(statements: int) -> None:
        for _ in range(statements):
            connection.execute("SELECT 1").fetchall()

    run(1_000)
    tracemalloc.start()
    try:
        run(5_000)
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert kept < 5_000 * 10
