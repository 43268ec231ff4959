import pickle

import pytest

from sync import errors

ALL = sorted(set(errors.every_error()), key=lambda kind: kind.__name__)
OURS = [kind for kind in ALL if kind.__module__ == "sync.errors"]


def test_the_docstring_names_every_error():
    words = set((errors.__doc__ or "").replace(",", " ").replace(":", " ").split())

    assert [kind.__name__ for kind in OURS if kind.__name__ not in words] == []


def test_no_two_errors_share_a_code():
    codes = [kind.code for kind in OURS]

    assert len(codes) == len(set(codes))


@pytest.mark.parametrize("kind", OURS)
def test_every_error_hangs_on_one_branch(kind):
    branches = {
        errors.EntryRefused,
        errors.StoreUnavailable,
        errors.PeerUnreachable,
        errors.PeerRefused,
        errors.ProtocolViolation,
    }

    ours = [branch for branch in branches if issubclass(kind, branch)]

    assert len(ours) == (0 if kind is errors.JournalError else 1)


def test_the_text_of_an_error_is_the_code_without_what_was_typed():
    error = errors.MarkNotUnderstood(typed="Иванов", allowed="2 3 4 5")

    assert str(error) == "mark_not_understood"
    assert error.params == {"typed": "Иванов", "allowed": "2 3 4 5"}
    assert error.hint == "use_allowed_marks"


def test_code_and_hint_can_be_given_per_raise():
    error = errors.StoreUnavailable(code="disk_full", hint="free_space", folder="data")

    assert (error.code, error.hint, error.params) == ("disk_full", "free_space", {"folder": "data"})
    assert errors.StoreUnavailable.code == "store_unavailable"


def test_an_error_keeps_its_facts_when_it_crosses_processes():
    error = errors.StoreUnavailable(code="disk_full", hint="free_space", folder="data")

    copy = pickle.loads(pickle.dumps(error))

    assert repr(copy) == repr(error)
    assert type(copy) is errors.StoreUnavailable
