"""Every text of the pages has its Russian words, and the catalogue holds nothing else."""

from tests.support import tools

translate = tools.load_script("translate")


def test_catalogue_holds_exactly_the_texts_of_the_code() -> None:
    """After a change of texts: ``python3 scripts/translate.py``."""
    code, catalogue = translate.texts(translate.extract()), translate.texts(translate.stored())

    assert (code - catalogue, catalogue - code) == (set(), set())


def test_every_text_is_translated_with_certainty() -> None:
    assert translate.untranslated(translate.stored()) == []


def test_translations_keep_the_places_of_their_values() -> None:
    problems = [
        f"{message.id}: {error}"
        for message in translate.stored()
        for error in message.check(translate.stored())
    ]

    assert problems == []
