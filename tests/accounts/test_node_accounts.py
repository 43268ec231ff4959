"""A node's accounts: offline for weeks, changed on the spot, settled by the next bundle."""

from datetime import timedelta

import pytest

from sync import errors
from sync.accounts import bundle, password_requests, sealing
from sync.accounts.accounts import Account, AccountBook
from sync.accounts.attempts import Attempts
from sync.accounts.bundle import BundleOffice
from sync.accounts.node_accounts import NodeAccounts
from sync.accounts.password_requests import PasswordDesk
from sync.accounts.passwords import Verifiers
from sync.clock import FixedClock
from tests.support.records import MemoryRecords

SIGNING, SEALING = bytes(range(32)), bytes(range(32, 64))
OLD, NEW, NEWER = "лавина сосед корабль", "чугун вторник парашют", "остров мебель иней"


class School:
    """Central with its desk and office, and a node that knows central's key."""

    def __init__(self, clock: FixedClock, verifiers: Verifiers) -> None:
        self.clock, self.verifiers = clock, verifiers
        self.records = MemoryRecords()
        self.book = AccountBook(self.records, clock)
        self.office = BundleOffice(self.records, clock, SIGNING, sealing.public_key_of(SEALING))
        attempts = Attempts(self.records, clock)
        self.desk = PasswordDesk(self.book, verifiers, attempts, SEALING)
        self.node_records = MemoryRecords()
        self.node = self.start_node()
        teacher = frozenset({"teacher"})
        verifier = verifiers.make(OLD)
        self.book.create(Account("a-1", "sokolova", "staff-1", teacher, verifier, True))
        self.book.create(Account("a-2", "orlov", "staff-2", teacher, verifier))

    def start_node(self) -> NodeAccounts:
        return NodeAccounts(self.node_records, self.clock, bundle.public_key_of(SIGNING))

    def bring_bundle(self) -> bytes:
        data = self.office.latest(self.book.all())
        self.node.take(data)
        return data

    def change_on_node(self, old: str, new: str) -> None:
        account = self.node.by_login("sokolova")
        assert account is not None
        assert self.verifiers.matches(account.verifier, old)
        self.node.change_password(account, old, self.verifiers.make(new))

    def accepted_on_node(self) -> str:
        """Return which of the passwords opens the account on the node."""
        account = self.node.by_login("sokolova")
        assert account is not None
        return next(p for p in (OLD, NEW, NEWER) if self.verifiers.matches(account.verifier, p))


@pytest.fixture
def school(clock: FixedClock, verifiers: Verifiers) -> School:
    school = School(clock, verifiers)
    school.bring_bundle()
    return school


def test_node_without_a_bundle_knows_nobody(clock: FixedClock, verifiers: Verifiers) -> None:
    node = School(clock, verifiers).node

    assert node.bundle() is None
    assert node.bundle_data() is None
    assert node.by_login("sokolova") is None
    assert node.by_id("a-1") is None


def test_teachers_are_found_after_a_restart_without_central(school: School) -> None:
    node = school.start_node()

    found = node.by_login("Sokolova")
    assert found is not None
    assert found == school.book.by_id("a-1") == node.by_id("a-1")


def test_older_bundle_never_replaces_a_newer(school: School) -> None:
    older = school.bring_bundle()
    school.book.block("a-2")
    school.bring_bundle()

    with pytest.raises(errors.BundleRefused) as refused:
        school.node.take(older)
    assert refused.value.code == "bundle_older"
    assert refused.value.params == {"serial": 1, "held": 2}
    assert school.node.by_login("orlov") is None


def test_same_bundle_again_changes_nothing(school: School) -> None:
    before = school.node_records.writes
    school.bring_bundle()

    assert school.node_records.writes == before


def test_second_bundle_of_one_number_is_refused(school: School) -> None:
    rival = bundle.build(school.book.all(), 1, school.clock.now() + timedelta(1), SIGNING)

    with pytest.raises(errors.BundleRefused):
        school.node.take(bundle.sign(rival, SIGNING))


def test_altered_bundle_leaves_the_held_one_in_force(school: School) -> None:
    with pytest.raises(errors.BundleRefused):
        school.node.take(b"{}")

    assert school.node.by_login("orlov") is not None


def test_bundle_is_handed_back_as_it_came(school: School) -> None:
    assert school.node.bundle_data() == school.bring_bundle()


# -------------------------------------------------------------------------- password changes


def test_changed_password_counts_on_the_node_at_once_and_after_a_restart(school: School) -> None:
    school.change_on_node(OLD, NEW)
    school.node = school.start_node()

    assert school.accepted_on_node() == NEW
    changed = school.node.by_id("a-1")
    assert changed is not None
    assert not changed.must_change


def test_change_stays_while_bundles_still_have_the_old_password(school: School) -> None:
    school.change_on_node(OLD, NEW)
    school.book.block("a-2")
    school.bring_bundle()

    assert school.accepted_on_node() == NEW
    assert len(school.node.waiting()) == 1


def test_change_is_confirmed_by_the_bundle_that_has_it(school: School) -> None:
    school.change_on_node(OLD, NEW)
    (change,) = school.node.waiting()
    (request,) = change.requests
    school.desk.take(request, "node-1")
    school.bring_bundle()

    assert school.node.waiting() == []
    assert school.accepted_on_node() == NEW


def test_first_change_to_reach_central_wins(school: School) -> None:
    school.change_on_node(OLD, NEW)
    (change,) = school.node.waiting()
    account = school.book.by_id("a-1")
    assert account is not None
    school.book.change_password(account, OLD, school.verifiers.make(NEWER))

    with pytest.raises(errors.SignInRefused):
        school.desk.take(change.requests[0], "node-1")
    school.bring_bundle()
    assert school.node.waiting() == []
    assert school.accepted_on_node() == NEWER


def test_two_changes_in_a_row_reach_central_in_their_order(school: School) -> None:
    school.change_on_node(OLD, NEW)
    school.change_on_node(NEW, NEWER)
    (change,) = school.node.waiting()
    school.desk.take(change.requests[0], "node-1")
    school.bring_bundle()
    assert school.accepted_on_node() == NEWER

    school.desk.take(change.requests[1], "node-1")
    school.bring_bundle()
    assert school.node.waiting() == []
    assert school.accepted_on_node() == NEWER


def test_request_sent_again_after_a_lost_answer_is_no_error(school: School) -> None:
    school.change_on_node(OLD, NEW)
    (change,) = school.node.waiting()
    first = school.desk.take(change.requests[0], "node-1")

    assert school.desk.take(change.requests[0], "node-1") == first


def test_refused_change_can_be_dropped(school: School) -> None:
    school.change_on_node(OLD, NEW)
    school.node.drop_change("a-1")

    assert school.accepted_on_node() == OLD


def test_change_ends_with_the_account(school: School) -> None:
    school.change_on_node(OLD, NEW)
    school.book.block("a-1")
    school.bring_bundle()

    assert school.node.waiting() == []
    assert school.node.by_login("sokolova") is None


def test_change_made_from_a_stale_page_is_refused(school: School) -> None:
    stale = school.node.by_id("a-1")
    assert stale is not None
    school.change_on_node(OLD, NEW)

    with pytest.raises(errors.EntryRefused) as refused:
        school.node.change_password(stale, OLD, school.verifiers.make(NEWER))
    assert refused.value.code == "password_changed_elsewhere"


def test_no_password_lies_on_the_node(school: School) -> None:
    school.change_on_node(OLD, NEW)

    everything = repr([list(school.node_records.scan(c)) for c in ("password_changes",)])
    assert "лавина" not in everything
    assert "чугун" not in everything


# ------------------------------------------------------------------------------ central's desk


def test_node_cannot_set_a_password_without_knowing_the_old_one(school: School) -> None:
    key = sealing.public_key_of(SEALING)
    forged = password_requests.seal(key, "a-2", "не тот", school.verifiers.make(NEW))

    with pytest.raises(errors.SignInRefused):
        school.desk.take(forged, "node-1")
    assert school.book.by_id("a-2") == school.node.by_id("a-2")


def test_guessing_through_requests_is_slowed_down(school: School) -> None:
    key = sealing.public_key_of(SEALING)
    for _ in range(5):
        guess = password_requests.seal(key, "a-2", "не тот", school.verifiers.make(NEW))
        with pytest.raises(errors.SignInRefused):
            school.desk.take(guess, "node-1")

    right = password_requests.seal(key, "a-2", OLD, school.verifiers.make(NEW))
    with pytest.raises(errors.TooManyAttempts):
        school.desk.take(right, "node-1")
    school.desk.take(right, "node-2")


def test_request_for_a_closed_account_is_refused(school: School) -> None:
    school.change_on_node(OLD, NEW)
    school.book.block("a-1")

    with pytest.raises(errors.AccountBlocked):
        school.desk.take(school.node.waiting()[0].requests[0], "node-1")


@pytest.mark.parametrize("verifier", ["", "пароль", "$argon2i$v=19$m=8,t=1,p=1$c29t$c29t"])
def test_request_with_an_unreadable_verifier_is_refused(school: School, verifier: str) -> None:
    sealed = password_requests.seal(sealing.public_key_of(SEALING), "a-2", OLD, verifier)

    with pytest.raises(errors.SealBroken):
        school.desk.take(sealed, "node-1")


@pytest.mark.parametrize("message", [b"", b"[]", b"{}", b'{"account": "a-2"}'])
def test_sealed_message_that_is_no_request_is_refused(school: School, message: bytes) -> None:
    sealed = sealing.seal(sealing.public_key_of(SEALING), message)

    with pytest.raises(errors.SealBroken):
        school.desk.take(sealed, "node-1")
