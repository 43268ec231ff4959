"""What people are told when something is refused or fails: the only place with such sentences.

An error has a ``code`` (what happened) and a ``hint`` (the next step). Each has one sentence in
``sentences``, English in the source and Russian in the catalogue; ``%(name)s`` takes a fact from
``params``. A test asks every code and hint of the product for its sentence.

    messages.sentence(error)    «В пароле меньше 10 знаков.»
    messages.next_step(error)   «Возьмите фразу из трёх-четырёх слов …»
"""

from collections.abc import Callable

from flask_babel import gettext, lazy_gettext, ngettext

from sync.errors import JournalError, Param
from sync.web.sentences import NEXT_STEPS, SENTENCES

UNKNOWN_SENTENCE = lazy_gettext("This did not work.")
UNKNOWN_STEP = lazy_gettext("Please tell the administrator of the journal what you were doing.")


def sentence(error: JournalError) -> str:
    """Return what happened, as a sentence in the page's language."""
    return sentence_of(error.code, error.params)


def sentence_of(code: str, params: dict[str, Param] | None = None) -> str:
    """Return the sentence of a code (also of a verdict's reason) with its facts filled in."""
    counted = _COUNTED.get(code)
    if counted is not None and params:
        return counted(params)
    return _filled(str(SENTENCES.get(code, UNKNOWN_SENTENCE)), params or {})


def next_step(error: JournalError) -> str:
    """Return what the person can do now, as a sentence; empty when there is nothing to do."""
    return _filled(str(NEXT_STEPS.get(error.hint, UNKNOWN_STEP)), error.params)


def is_known(code: str) -> bool:
    """Tell whether ``code`` has a sentence of its own."""
    return code in SENTENCES or code in _COUNTED


def _filled(text: str, params: dict[str, Param]) -> str:
    try:
        return text % params if params else text
    except (KeyError, TypeError, ValueError):
        # A fact is missing: a sentence with a gap is still better than a second error.
        return str(UNKNOWN_SENTENCE)


def _wait(params: dict[str, Param]) -> str:
    seconds = int(params.get("seconds", 0))
    if seconds < 60:
        wait = ngettext("%(num)d second", "%(num)d seconds", seconds)
    else:
        wait = ngettext("%(num)d minute", "%(num)d minutes", -(-seconds // 60))
    return str(
        gettext("Too many wrong passwords. The next try is possible in %(wait)s.", wait=wait)
    )


_COUNTED: dict[str, Callable[[dict[str, Param]], str]] = {"too_many_attempts": _wait}
