"""Makes sign-ins for staff and guardians, each with a phrase that is shown once.

    person ──> login «ivanova.mp» ──> phrase of three words ──> verifier kept, phrase printed

A login is the surname and the initials in Latin letters; it is unique and never renamed, since it
may be written down anywhere. The phrase works only to choose an own password. argon2id takes its
time (about 0.2 s a phrase), so two are made at once and progress is told. All accounts of one run
come into being together, after the slips are safe: nobody gets an account whose phrase is lost.
Who got an account when is kept in the records ``account_issue``.
"""

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date

from central.storage import Storage
from sync import errors
from sync.accounts import passwords
from sync.accounts.accounts import Account, AccountBook, folded_login
from sync.accounts.passwords import Verifiers
from sync.documents import entry, identifiers
from sync.projections import calendars, groups, people
from sync.school import people as names
from sync.school.people import PersonName, Role
from sync.store.connection import Connection

#: Told how many phrases are ready, and of how many.
Progress = Callable[[int, int], None]

_ISSUES = "account_issue"
_HASHES_AT_ONCE = 2
_MOST_LOGIN = 40
_LATIN = dict(
    zip(
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
        (
            "a", "b", "v", "g", "d", "e", "e", "zh", "z", "i", "y", "k", "l", "m", "n", "o", "p",
            "r", "s", "t", "u", "f", "kh", "ts", "ch", "sh", "shch", "", "y", "", "e", "yu", "ya",
        ),
        strict=True,
    )
)  # fmt: skip


@dataclass(frozen=True)
class Child:
    """A child of a guardian as a slip names it."""

    name: PersonName
    class_name: str


@dataclass(frozen=True)
class Person:
    """Somebody who may have an account. ``id`` is a staff or guardian id."""

    id: str
    name: PersonName
    roles: frozenset[str]
    children: tuple[Child, ...] = ()


@dataclass(frozen=True)
class Slip:
    """What is handed to a person on paper; ``phrase`` is known to nobody else."""

    person: Person
    login: str
    phrase: str


def staff(connection: Connection) -> list[Person]:
    """Return the whole staff in the order of names."""
    return [
        Person(one.id, one.name, frozenset(role.value for role in one.roles))
        for one in people.all_staff(connection)
    ]


def guardians(connection: Connection, on: date, class_name: str | None = None) -> list[Person]:
    """Return the guardians of students who are or will be enrolled, by class and name of the child.

    Args:
        class_name: only those with a child in this class.
    """
    classes = {one.id: one for one in groups.all_classes(connection)}
    order = {class_id: number for number, class_id in enumerate(classes)}
    wanted = None if class_name is None else names.class_sort_key(class_name)
    found: list[tuple[tuple[int, str, str], Person]] = []
    for guardian, name in _all_guardians(connection):
        children = []
        for child in people.children_of(connection, guardian):
            class_id = _class_of(connection, child.id, on)
            if class_id is not None:
                children.append((order[class_id], child.sort_key, child.name, classes[class_id]))
        if wanted is not None:
            children = [one for one in children if names.class_sort_key(one[3].name) == wanted]
        if children:
            shown = tuple(Child(one[2], one[3].name) for one in sorted(children, key=_place))
            person = Person(guardian, name, frozenset({Role.GUARDIAN.value}), shown)
            found.append(((*min(map(_place, children)), name.sort_key()), person))
    return [person for _, person in sorted(found, key=lambda one: one[0])]


def _class_of(connection: Connection, student: str, on: date) -> str | None:
    """Return the class a student is in on a date, else the one the student is going to be in."""
    row = connection.execute(
        "SELECT class FROM enrollment WHERE student = ? AND ends >= ? ORDER BY starts LIMIT 1",
        (student, on.isoformat()),
    ).fetchone()
    return None if row is None else str(row[0])


def _place(child: tuple[int, str, PersonName, groups.SchoolClass]) -> tuple[int, str]:
    return child[0], child[1]


def _all_guardians(connection: Connection) -> Iterable[tuple[str, PersonName]]:
    rows = connection.execute(
        "SELECT id, last, first, patronymic FROM guardian ORDER BY sort_key, id"
    ).fetchall()
    return [(row[0], PersonName(row[1], row[2], row[3])) for row in rows]


def today(storage: Storage) -> date:
    """Return the date at school."""
    return calendars.local_date(storage.store.database.read(), storage.clock.now())


# ------------------------------------------------------------------------------------------ issue


def issue(
    storage: Storage,
    persons: Sequence[Person],
    *,
    verifiers: Verifiers,
    keep_slips: Callable[[Sequence[Slip]], None] = lambda slips: None,
    progress: Progress = lambda done, total: None,
) -> list[Slip]:
    """Make accounts for those of ``persons`` who have none, and return their slips.

    Args:
        keep_slips: called before the accounts come into being; if it raises, none does.
    """
    book = AccountBook(storage.store.records, storage.clock)
    taken = {account.login: account for account in book.all()}
    with_account = {account.person for account in taken.values()}
    logins = set(taken)
    new: list[tuple[Account, Slip]] = []
    for person in persons:
        if person.id in with_account:
            continue
        login = free_login(person.name, logins)
        logins.add(login)
        phrase = passwords.new_phrase(storage.randomness)
        account_id = identifiers.new_id(storage.randomness)
        account = Account(account_id, login, person.id, person.roles, "", must_change=True)
        new.append((account, Slip(person, login, phrase)))
    slips = [slip for _, slip in new]
    made = _verifiers_of(slips, verifiers, progress)
    keep_slips(slips)
    with storage.store.transaction() as tx:
        book = AccountBook(tx.records, storage.clock)
        for (account, slip), verifier in zip(new, made, strict=True):
            book.create(
                Account(account.id, account.login, account.person, account.roles, verifier, True)
            )
            _note(storage, tx.records.put, account, slip.person)
    return slips


def reissue(
    storage: Storage,
    login: str,
    *,
    verifiers: Verifiers,
    keep_slips: Callable[[Sequence[Slip]], None] = lambda slips: None,
) -> Slip:
    """Give the account with this login a new phrase; the old password is no good any more.

    Raises:
        errors.AccountUnknown: there is no such login.
    """
    account = AccountBook(storage.store.records, storage.clock).by_login(login)
    if account is None:
        raise errors.AccountUnknown(account=folded_login(login)[:_MOST_LOGIN])
    person = _person_of(storage, account)
    slip = Slip(person, account.login, passwords.new_phrase(storage.randomness))
    verifier = verifiers.make(slip.phrase)
    keep_slips([slip])
    with storage.store.transaction() as tx:
        AccountBook(tx.records, storage.clock).hand_out_password(account.id, verifier)
        _note(storage, tx.records.put, account, person)
    return slip


def refresh_roles(storage: Storage) -> int:
    """Give accounts of staff the roles that the staff list says, and return how many changed."""
    roles = {person.id: person.roles for person in staff(storage.store.database.read())}
    book = AccountBook(storage.store.records, storage.clock)
    stale = [
        account
        for account in book.all()
        if account.person in roles and account.roles != roles[account.person]
    ]
    for account in stale:
        book.set_roles(account.id, roles[account.person])
    return len(stale)


def free_login(name: PersonName, taken: Collection[str]) -> str:
    """Return a login that nobody has: surname and initials in Latin letters, numbered if needed."""
    initials = _latin(name.first)[:1] + _latin(name.patronymic)[:1]
    surname = _latin(name.last) or "user"
    login = f"{surname[:_MOST_LOGIN]}.{initials}" if initials else surname[:_MOST_LOGIN]
    if len(login) < 2:
        login += "1"
    number = 2
    candidate = login
    while folded_login(candidate) in taken:
        candidate = f"{login}{number}"
        number += 1
    return candidate


def _latin(text: str) -> str:
    letters = "".join(_LATIN.get(letter, letter) for letter in text.casefold())
    return re.sub(r"[^a-z0-9-]", "", letters).strip("-")


def _verifiers_of(slips: Sequence[Slip], verifiers: Verifiers, progress: Progress) -> list[str]:
    made = []
    with ThreadPoolExecutor(_HASHES_AT_ONCE) as pool:
        for verifier in pool.map(verifiers.make, [slip.phrase for slip in slips]):
            made.append(verifier)
            progress(len(made), len(slips))
    return made


def _person_of(storage: Storage, account: Account) -> Person:
    connection = storage.store.database.read()
    for person in (*staff(connection), *guardians(connection, today(storage))):
        if person.id == account.person:
            return person
    return Person(account.person, PersonName(account.login, ""), account.roles)


def _note(
    storage: Storage,
    put: Callable[[str, str, dict[str, object], int | None], int],
    account: Account,
    person: Person,
) -> None:
    """Keep who got an account when; the phrase is not part of it."""
    at = entry.instant_text(storage.clock.now())
    value: dict[str, object] = {
        "account": account.id,
        "login": account.login,
        "person": person.id,
        "roles": sorted(account.roles),
        "issued_at": at,
        "issued_by": entry.CENTRAL_AUTHOR,
    }
    put(_ISSUES, f"{at}:{account.id}:{identifiers.new_id(storage.randomness)}", value, None)
