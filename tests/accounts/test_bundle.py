"""The bundle: made for those who keep lessons, signed, numbered, and never older over newer."""

import base64
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync import errors
from sync.accounts import bundle, sealing
from sync.accounts.accounts import Account
from sync.accounts.bundle import BundleOffice
from sync.clock import FixedClock
from sync.documents import canonical
from tests.accounts.conftest import MORNING
from tests.support.records import MemoryRecords

SIGNING = bytes(range(32))
SEALING = sealing.public_key_of(bytes(range(32, 64)))
TEACHER = Account("a-1", "sokolova", "staff-1", frozenset({"teacher"}), "verifier 1")
ACCOUNTS = [
    replace(TEACHER, id="a-4", login="elkina", roles=frozenset({"guardian"})),
    replace(TEACHER, id="a-3", login="blocked", status="blocked"),
    replace(TEACHER, id="a-2", login="orlov", roles=frozenset({"homeroom_teacher", "director"})),
    replace(TEACHER, id="a-5", login="admin", roles=frozenset({"technical_admin"})),
    TEACHER,
]
SIGNED = bundle.sign(bundle.build(ACCOUNTS, 7, MORNING, SEALING), SIGNING)


def test_only_those_who_keep_lessons_travel_to_the_nodes() -> None:
    made = bundle.build(ACCOUNTS, 1, MORNING, SEALING)

    assert [account.login for account in made.accounts] == ["sokolova", "orlov"]


def test_signed_bundle_is_read_back_whole() -> None:
    made = bundle.build(ACCOUNTS, 7, MORNING, SEALING)

    assert bundle.verify(SIGNED, bundle.public_key_of(SIGNING)) == made


def test_golden_vector_of_the_bytes() -> None:
    """What was once signed must be readable for ever, so the form does not change."""
    made = bundle.build([TEACHER], 1, MORNING, bytes(32))

    assert canonical.digest16(bundle.sign(made, SIGNING)) == "CVmARukpfTHQwx46TRG3oQ"


def test_bundle_of_another_central_is_refused() -> None:
    other = bundle.public_key_of(bytes(32))

    with pytest.raises(errors.BundleRefused) as refused:
        bundle.verify(SIGNED, other)
    assert refused.value.code == "bundle_not_genuine"


@settings(deadline=None)
@given(st.integers(min_value=0, max_value=len(SIGNED) - 1), st.integers(1, 255))
def test_one_changed_byte_is_noticed(position: int, change: int) -> None:
    altered = bytearray(SIGNED)
    altered[position] ^= change

    try:
        read = bundle.verify(bytes(altered), bundle.public_key_of(SIGNING))
    except errors.BundleRefused:
        return
    # A changed base64 filler bit may read as the same bytes; the content never differs.
    assert read == bundle.verify(SIGNED, bundle.public_key_of(SIGNING))


def signed_payload(payload: bytes) -> bytes:
    """Sign anything with the right key, as a newer or broken central might."""
    outer = json.loads(SIGNED)
    key = bundle.Ed25519PrivateKey.from_private_bytes(SIGNING)
    outer["payload"] = base64.urlsafe_b64encode(payload).decode()
    signature = key.sign(b"school-journal account bundle 1\n" + payload)
    outer["signature"] = base64.urlsafe_b64encode(signature).decode()
    return json.dumps(outer).encode()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"not json",
        b'{"payload": 1, "signature": 2}',
        b'{"payload": "***", "signature": ""}',
        b'{"payload": "", "payload": "", "signature": ""}',
        signed_payload(b"{}"),
        signed_payload(b"[1]"),
        signed_payload(b'{"serial":"x","issued_at":"","sealing_key":"","accounts":[]}'),
        b"[" * 100_000,
    ],
)
def test_what_is_no_bundle_is_refused(data: bytes) -> None:
    with pytest.raises(errors.BundleRefused):
        bundle.verify(data, bundle.public_key_of(SIGNING))


# ------------------------------------------------------------------------------ central's side


@pytest.fixture
def office(records: MemoryRecords, clock: FixedClock) -> BundleOffice:
    return BundleOffice(records, clock, SIGNING, SEALING)


def serial(data: bytes) -> int:
    return bundle.verify(data, bundle.public_key_of(SIGNING)).serial


def test_bundle_is_issued_anew_only_when_an_account_in_it_changed(
    office: BundleOffice, clock: FixedClock
) -> None:
    first = office.latest(ACCOUNTS)
    clock.advance(timedelta(days=1))

    assert office.latest(list(reversed(ACCOUNTS))) == first
    assert serial(first) == 1
    assert office.latest([*ACCOUNTS[1:], replace(ACCOUNTS[0], verifier="new")]) == first

    changed: list[Any] = [*ACCOUNTS[:-1], replace(TEACHER, verifier="verifier 2")]
    assert serial(office.latest(changed)) == 2
    assert serial(office.latest(ACCOUNTS)) == 3


def test_serials_go_on_after_a_restart_of_central(
    office: BundleOffice, records: MemoryRecords, clock: FixedClock
) -> None:
    office.latest(ACCOUNTS)
    restarted = BundleOffice(records, clock, SIGNING, SEALING)

    assert serial(restarted.latest([])) == 2
