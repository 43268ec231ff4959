"""Sealed messages open for central only."""

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync import errors
from sync.accounts import sealing

PRIVATE = bytes(range(32))
PUBLIC = sealing.public_key_of(PRIVATE)


@settings(deadline=None)
@given(st.binary(max_size=2000))
def test_message_comes_back_as_it_was(message: bytes) -> None:
    assert sealing.unseal(PRIVATE, sealing.seal(PUBLIC, message)) == message


def test_golden_vector() -> None:
    """A message sealed by this version must open in every later one."""
    sealed = sealing.seal(PUBLIC, "лавина".encode(), lambda count: b"\x07" * count)

    assert (
        sealed == "E75P6uryBMf9M1j8nAByGIHRdCeBKCJ-xnTzf3_pe21rW1vQFjUsBRZ6_U4E0QVz7VGnGcayK5VYPyPr"
    )
    assert sealing.unseal(PRIVATE, sealed).decode() == "лавина"


def test_same_message_looks_different_each_time() -> None:
    assert sealing.seal(PUBLIC, b"x") != sealing.seal(PUBLIC, b"x")


def test_another_key_does_not_open_it() -> None:
    with pytest.raises(errors.SealBroken):
        sealing.unseal(bytes(32), sealing.seal(PUBLIC, b"secret"))


@settings(deadline=None)
@given(st.integers(min_value=0, max_value=53), st.integers(1, 255))
def test_changed_byte_is_noticed(position: int, change: int) -> None:
    data = bytearray(base64.urlsafe_b64decode(sealing.seal(PUBLIC, b"secret")))
    data[position] ^= change

    with pytest.raises(errors.SealBroken):
        sealing.unseal(PRIVATE, base64.urlsafe_b64encode(bytes(data)).decode())


@pytest.mark.parametrize(
    "sealed", ["", "AAAA", "лавина", "*" * 80, base64.urlsafe_b64encode(bytes(100)).decode()]
)
def test_what_is_no_sealed_message_is_refused(sealed: str) -> None:
    with pytest.raises(errors.SealBroken):
        sealing.unseal(PRIVATE, sealed)


@pytest.mark.parametrize("key", [b"", bytes(31), bytes(32)])
def test_sealing_to_what_is_no_key_is_refused(key: bytes) -> None:
    with pytest.raises(errors.SealBroken):
        sealing.seal(key, b"secret")
