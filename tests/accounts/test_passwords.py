"""Passwords are kept as argon2id, cost the same for nobody, and must be hard to guess."""

import hashlib
import threading
import unicodedata

import argon2
import pytest

from sync import errors
from sync.accounts import passwords
from tests.accounts.conftest import QUICK


def test_default_effort_is_the_one_of_the_design() -> None:
    verifier = passwords.Verifiers().make("лавина сосед корабль")

    parameters = argon2.extract_parameters(verifier)

    assert verifier.startswith("$argon2id$v=19$m=65536,t=3,p=1$")
    assert (parameters.salt_len, parameters.hash_len) == (16, 32)


def test_verifier_of_another_program_is_understood(verifiers: passwords.Verifiers) -> None:
    raw = argon2.low_level.hash_secret(
        "лавина сосед корабль".encode(), b"somesaltsomesalt", 1, 8, 1, 32, argon2.Type.ID
    )

    assert raw.decode() == (
        "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$"
        "cv9MSC8ajeMP92UUMPDUa+y05WTKZuirV6AkxAxuehw"
    )
    assert verifiers.matches(raw.decode(), "лавина сосед корабль")


def test_right_password_matches_and_wrong_one_does_not(verifiers: passwords.Verifiers) -> None:
    verifier = verifiers.make("лавина сосед корабль")

    assert verifiers.matches(verifier, "лавина сосед корабль")
    assert not verifiers.matches(verifier, "лавина сосед корабли")
    assert not verifiers.matches(verifier, "")


def test_same_password_gives_different_verifiers(verifiers: passwords.Verifiers) -> None:
    assert verifiers.make("лавина сосед корабль") != verifiers.make("лавина сосед корабль")


@pytest.mark.parametrize(
    "typed",
    [
        "  лавина сосед корабль\n",
        "лавина  сосед\u00a0корабль",
        unicodedata.normalize("NFD", "лавина сосед корабль"),
    ],
)
def test_spaces_around_and_decomposed_letters_do_not_matter(
    verifiers: passwords.Verifiers, typed: str
) -> None:
    assert verifiers.matches(verifiers.make("лавина сосед корабль"), typed)


def test_decomposed_short_i_is_the_same_letter(verifiers: passwords.Verifiers) -> None:
    verifier = verifiers.make("зелёный йод и чай")

    assert verifiers.matches(verifier, unicodedata.normalize("NFD", "зелёный йод и чай"))


@pytest.mark.parametrize(
    "verifier", [None, "", "x", "$argon2id$v=19$broken", "$argon2i$v=19$m=8,t=1,p=1$c29t$c29t"]
)
def test_nobody_matches_without_a_readable_verifier(
    verifiers: passwords.Verifiers, verifier: str | None
) -> None:
    assert not verifiers.matches(verifier, "лавина сосед корабль")


def test_unknown_login_costs_one_check_as_a_known_one_does(
    verifiers: passwords.Verifiers, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[str] = []
    check = verifiers._check

    def counting(verifier: str, password: str) -> bool:
        checked.append(verifier)
        return check(verifier, password)

    monkeypatch.setattr(verifiers, "_check", counting)
    known = verifiers.make("лавина сосед корабль")
    verifiers.matches(known, "не тот")
    verifiers.matches(None, "не тот")

    efforts = [argon2.extract_parameters(verifier) for verifier in checked]
    assert len(checked) == 2
    assert efforts[0] == efforts[1]


def test_endless_password_is_not_even_hashed(verifiers: passwords.Verifiers) -> None:
    verifier = verifiers.make("а" * passwords.MOST_LENGTH)

    assert verifiers.matches(verifier, "а" * passwords.MOST_LENGTH)
    assert not verifiers.matches(verifier, "а" * 1_000_000)


def test_no_more_checks_run_together_than_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten requests at once must not take ten times 64 MiB."""
    verifiers = passwords.Verifiers(QUICK, at_once=2)
    inside, most, guard = 0, 0, threading.Lock()
    both_inside = threading.Barrier(2, timeout=10)

    def slow_check(verifier: str, password: str) -> bool:
        nonlocal inside, most
        with guard:
            inside += 1
            most = max(most, inside)
        both_inside.wait()
        with guard:
            inside -= 1
        return True

    monkeypatch.setattr(verifiers, "_check", slow_check)
    threads = [threading.Thread(target=verifiers.matches, args=(None, "x")) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=10)

    assert most == 2


# ----------------------------------------------------------------------------------- phrases


def test_words_of_phrases_are_2048_whole_russian_words() -> None:
    words = passwords.phrase_words()

    assert len(set(words)) == 2048
    assert "снова" in words
    assert all(unicodedata.is_normalized("NFC", word) for word in words)
    assert not [word for word in words if set(word) - set("абвгдеёжзийклмнопрстуфхцчшщъыьэюя")]


def test_word_list_is_the_one_the_design_was_made_with() -> None:
    """Phrases of the same randomness stay the same; a new list must be noticed."""
    joined = "\n".join(passwords.phrase_words()).encode()

    assert hashlib.sha256(joined).hexdigest()[:16] == "2439333f64847a2c"


def test_phrase_takes_each_word_with_equal_chance() -> None:
    words = passwords.phrase_words()
    bits = iter([b"\x00\x00", b"\x07\xff", b"\xff\xff"])

    phrase = passwords.new_phrase(lambda count: next(bits))

    assert phrase == f"{words[0]} {words[2047]} {words[2047]}"


def test_handed_out_phrases_differ_and_are_strong_enough() -> None:
    phrases = {passwords.new_phrase() for _ in range(50)}

    assert len(phrases) == 50
    for phrase in phrases:
        passwords.check_strength(phrase)


# ---------------------------------------------------------------------------------- strength


def code_of_refusal(password: str, personal_words: list[str] | None = None) -> str | None:
    try:
        passwords.check_strength(password, personal_words or [])
    except errors.WeakPassword as error:
        return error.code
    return None


@pytest.mark.parametrize(
    "password",
    [
        "лавина сосед корабль",
        "Кот съел 3 мокрых кирпича",
        "correct horse battery staple",
        "k7m2q9xw3z5a",
    ],
)
def test_strong_password_is_taken(password: str) -> None:
    assert code_of_refusal(password) is None


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("короткий", "password_too_short"),
        ("лавин     а", "password_too_short"),  # spaces do not make it longer
        ("а б " * 40, "password_too_long"),
        ("1234567890", "weak_password"),
        ("аааааааааааааа", "weak_password"),
        ("йцукенгшщзхъ", "weak_password"),
        ("qwertyuiop[]", "weak_password"),
        ("gfhjkmgfhjkm", "weak_password"),  # «парольпароль» typed in the Latin layout
        ("парольпароль", "weak_password"),
        ("Password2026", "weak_password"),
        ("корабль2026", "weak_password"),  # one word of the phrases and a year
        ("14.10.2026", "weak_password"),
    ],
)
def test_password_that_can_be_guessed_is_refused(password: str, code: str) -> None:
    assert code_of_refusal(password) == code


def test_own_name_does_not_make_a_password() -> None:
    password = "Константинопольская85"

    assert code_of_refusal(password, ["Константинопольская А. В."]) == "weak_password"


def test_personal_words_of_one_person_do_not_count_for_the_next() -> None:
    passwords.check_strength("Константинопольская8", [])
    assert code_of_refusal("Константинопольская8", ["Константинопольская"]) == "weak_password"

    assert code_of_refusal("Константинопольская8", []) is None


def test_refusal_names_the_length_that_is_asked() -> None:
    with pytest.raises(errors.WeakPassword) as refused:
        passwords.check_strength("мало")

    assert refused.value.params == {"length": 10}
    assert "мало" not in repr(refused.value)
