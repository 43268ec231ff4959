"""The refusals and failures of both programs, as one tree that callers can tell apart.

Every error says three things: ``code``, which names what happened; ``params``, the facts a
sentence about it needs; ``hint``, which names the next step for the person who sees it. The
sentences themselves are made in ``sync/web/messages.py`` and nowhere else. What branch an error
hangs on says what its catcher does with it:

* JournalError
  * EntryRefused: what a person entered cannot stand; the person can put it right
    * MarkNotUnderstood, MarkOutsideScale, WeightOutsideRange
    * AbsenceNotUnderstood, LateMinutesOutsideRange
    * NameNotUnderstood, YearsNotUnderstood, CalendarRefused, BellsRefused, SlotRefused
    * NotPermitted
    * RevisionConflict, RecordConflict: somebody was faster; look again and repeat
    * SignInRefused, TooManyAttempts, SignInNeeded, AccountBlocked
    * WeakPassword, LoginRefused, AccountUnknown
    * RequestRefused: a page or program from elsewhere asked, or a page is too old
    * WorkbookRefused, ImportRefused: a file of school data that cannot be used as it is
    * EnrolmentRefused: a code that does not introduce a node (any more)
  * StoreUnavailable: the store cannot be used now; nothing was written, try again
    * DataFolderBusy, DemonstrationFolder, AddressInUse
  * PeerUnreachable: no answer from the other side; try again later from the checkpoint
  * PeerRefused: the other side said no; recorded and shown, not repeated
    * CredentialsRefused: it does not know this node or its token; the sync stops until enrolled
    * RequestTooLarge: too much in one request; the batch is halved and sent again
  * ProtocolViolation: the other side or a stored file does not keep to the format; a bug or an
    attack, never a person's slip
    * BadDocumentId, BadSequence, MalformedEntry, MalformedJson, BundleRefused, SealBroken

A subclass sets ``code`` and ``hint`` once; they may be given per raise where one class has several
causes. ``params`` hold ids, numbers, dates and short pieces of what was typed, never a person's
name. ``str(error)`` is the code alone, so that a log line can never carry what somebody typed.
"""

from collections.abc import Iterator

Param = str | int


class JournalError(Exception):
    """The root: anything the product itself refuses or fails at."""

    code = "journal_error"
    hint = "tell_administrator"

    def __init__(
        self, *, code: str | None = None, hint: str | None = None, **params: Param
    ) -> None:
        """Keep the facts; ``code`` and ``hint`` replace the class's own when given."""
        self.code = code or type(self).code
        self.hint = hint or type(self).hint
        self.params = params
        super().__init__(self.code)

    def __repr__(self) -> str:
        """Show everything, for a developer; not for logs."""
        facts = "".join(f", {name}={value!r}" for name, value in self.params.items())
        return f"{type(self).__name__}(code={self.code!r}, hint={self.hint!r}{facts})"

    def __reduce__(self) -> tuple[object, ...]:
        """Survive pickling between test processes with all facts."""
        return (_rebuilt, (type(self), self.code, self.hint, self.params))


def _rebuilt(
    kind: type[JournalError], code: str, hint: str, params: dict[str, Param]
) -> JournalError:
    return kind(code=code, hint=hint, **params)


def every_error(root: type[JournalError] = JournalError) -> Iterator[type[JournalError]]:
    """Yield ``root`` and every class below it, so that tests can ask each for its sentence."""
    yield root
    for kind in root.__subclasses__():
        yield from every_error(kind)


# ------------------------------------------------------------------------- a person can fix it


class EntryRefused(JournalError):
    """What a person entered cannot stand as it is; nothing was written."""

    code = "entry_refused"
    hint = "correct_and_repeat"


class MarkNotUnderstood(EntryRefused):
    """A cell was given a text that is no mark. Params: ``typed``, ``allowed``."""

    code = "mark_not_understood"
    hint = "use_allowed_marks"


class MarkOutsideScale(EntryRefused):
    """A mark that is not on this scale or not for this place. Params: ``value``, ``allowed``."""

    code = "mark_outside_scale"
    hint = "use_allowed_marks"


class WeightOutsideRange(EntryRefused):
    """A weight that is not a whole number in the range. Params: ``weight``, ``low``, ``high``."""

    code = "weight_outside_range"
    hint = "use_number_in_range"


class AbsenceNotUnderstood(EntryRefused):
    """A text that is no absence letter of this school. Params: ``typed``, ``allowed``."""

    code = "absence_not_understood"
    hint = "use_allowed_letters"


class LateMinutesOutsideRange(EntryRefused):
    """Minutes of lateness out of range, or given without lateness. Params: ``minutes``, ..."""

    code = "late_minutes_outside_range"
    hint = "use_number_in_range"


class NameNotUnderstood(EntryRefused):
    """A full name without a last or a first name. Params: none, a name never gets into an error."""

    code = "name_not_understood"
    hint = "give_last_and_first_name"


class YearsNotUnderstood(EntryRefused):
    """A text that is no list of years of study such as ``1-9``. Params: ``typed``."""

    code = "years_not_understood"
    hint = "write_years_as_range"


class CalendarRefused(EntryRefused):
    """A school year that contradicts itself. Its codes are listed in ``school_year``."""

    code = "calendar_refused"
    hint = "correct_calendar"


class BellsRefused(EntryRefused):
    """A bell that cannot be. Params: ``shift``, ``number``."""

    code = "bells_refused"
    hint = "correct_bells"


class SlotRefused(EntryRefused):
    """A row of the timetable that cannot be. Params: ``weekday``, ``number``."""

    code = "slot_refused"
    hint = "correct_timetable"


class NotPermitted(EntryRefused):
    """The signed-in person has no right to this; ``code`` is the permission's reason code."""

    code = "not_permitted"
    hint = "ask_deputy_head"


class RevisionConflict(EntryRefused):
    """The document has moved on since it was read. Params: ``id``."""

    code = "revision_conflict"
    hint = "reload_and_repeat"


class RecordConflict(EntryRefused):
    """The record has moved on since it was read. Params: ``collection``, ``key``."""

    code = "record_conflict"
    hint = "reload_and_repeat"


class SignInRefused(EntryRefused):
    """Login and password do not go together; which of them is wrong is not said."""

    code = "sign_in_refused"
    hint = "check_login_and_password"


class TooManyAttempts(EntryRefused):
    """Too many wrong passwords in a row. Params: ``seconds`` until the next try counts."""

    code = "too_many_attempts"
    hint = "wait_and_repeat"


class SignInNeeded(EntryRefused):
    """The request needs a living session: none, or it is locked, or a new password is due."""

    code = "sign_in_needed"
    hint = "sign_in_again"


class AccountBlocked(EntryRefused):
    """The password is right, but the account has been closed."""

    code = "account_blocked"
    hint = "tell_administrator"


class AccountUnknown(EntryRefused):
    """There is no account with this id. Params: ``account``."""

    code = "account_unknown"
    hint = "tell_administrator"


class LoginRefused(EntryRefused):
    """A text that cannot be a login, or one that somebody else has. Its codes: ``accounts``."""

    code = "login_refused"
    hint = "choose_another_login"


class WeakPassword(EntryRefused):
    """The password could be guessed. Its other codes are listed in ``accounts.passwords``."""

    code = "weak_password"
    hint = "choose_longer_password"


class RequestRefused(EntryRefused):
    """The request did not come from a page of this program, or from one that is too old."""

    code = "request_from_elsewhere"
    hint = "open_page_again"


class WorkbookRefused(EntryRefused):
    """The file is no workbook that can be read safely. Its codes: ``central.imports.workbook``."""

    code = "workbook_refused"
    hint = "check_file"


class ImportRefused(EntryRefused):
    """The workbook was read, but nothing was imported. Params: ``rows``, ``questions``."""

    code = "import_refused"
    hint = "correct_rows_and_repeat"


class EnrolmentRefused(EntryRefused):
    """The code is unknown, used, expired, or may not be sent so. Codes: ``central.enrolment``."""

    code = "enrolment_refused"
    hint = "ask_for_new_code"


# ------------------------------------------------------------------------------- try again later


class StoreUnavailable(JournalError):
    """The store cannot be used now: locked, full disk, read-only, damaged. Nothing was written."""

    code = "store_unavailable"
    hint = "try_again"


class DataFolderBusy(StoreUnavailable):
    """Another process owns the data folder. Params: ``folder``."""

    code = "data_folder_busy"
    hint = "stop_other_process"


class AddressInUse(StoreUnavailable):
    """The address to serve on cannot be had. Params: ``host``, ``port``."""

    code = "address_in_use"
    hint = "choose_another_port"


class DemonstrationFolder(StoreUnavailable):
    """The data folder keeps the clock of a demonstration. Params: ``folder``."""

    code = "demonstration_folder"
    hint = "use_another_folder"


class PeerUnreachable(JournalError):
    """The other side does not answer."""

    code = "peer_unreachable"
    hint = "work_on_sync_later"


# ------------------------------------------------------------------------------- will not help


class PeerRefused(JournalError):
    """The other side answered no: credentials, or one document."""

    code = "peer_refused"
    hint = "tell_administrator"


class CredentialsRefused(PeerRefused):
    """The other side refused the whole request with 401 or 403. Params: ``status``."""

    code = "credentials_refused"
    hint = "enrol_node_again"


class RequestTooLarge(PeerRefused):
    """The other side, or a proxy on the way, takes no request of this size."""

    code = "request_too_large"


class ProtocolViolation(JournalError):
    """What came does not keep to the format."""

    code = "protocol_violation"
    hint = "tell_administrator"


class BadDocumentId(ProtocolViolation):
    """A text that is no document id. Params: ``id``."""

    code = "bad_document_id"


class BadSequence(ProtocolViolation):
    """A text that is no sequence of a changes feed. Params: ``since``."""

    code = "bad_sequence"


class MalformedEntry(ProtocolViolation):
    """An entry lacks a field or has one of another type. Params: ``field``."""

    code = "malformed_entry"


class MalformedJson(ProtocolViolation):
    """Not the strict JSON the journal accepts. Params: ``problem``."""

    code = "malformed_json"


class BundleRefused(ProtocolViolation):
    """A bundle of accounts that central did not sign, or an older one. Params: ``serial``."""

    code = "bundle_not_genuine"


class SealBroken(ProtocolViolation):
    """A sealed message that does not open: another key, or bytes were changed."""

    code = "seal_broken"
