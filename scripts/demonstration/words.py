"""What the demonstration says, in English and in Russian, and how it reports steps.

Pages have their catalogue; a script has this table. English texts are the keys, with names in
braces: ``say("{lessons} lessons", lessons=7)``.
"""

import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Literal, TextIO

Language = Literal["en", "ru"]

RUSSIAN: Mapping[str, str] = {
    "ok": "да",
    "FAILED": "НЕТ",
    "Broken off.": "Прервано.",
    # the first start
    "The first start makes the school; later ones take seconds.": (
        "Первый запуск создаёт школу; следующие занимают секунды."
    ),
    "{classes} classes, {students} pupils, {guardians} guardians, {staff} staff and {topics} topics"
    " imported": (
        "загружены: классов {classes}, учеников {students}, родителей {guardians},"
        " сотрудников {staff}, тем КТП {topics}"
    ),
    "lessons of the weeks before": "уроки прошедших недель",
    "{lessons} lessons kept: {marks} marks, {absences} absences": (
        "записаны уроки ({lessons}): отметок {marks}, пропусков {absences}"
    ),
    "{number} sign-ins made": "учётных записей создано: {number}",
    "both computers have received {documents} documents": (
        "оба компьютера получили документы: {documents}"
    ),
    # running
    "central and two computers started": "запущены сервер и два компьютера",
    "all three stopped": "все три программы остановлены",
    "It is {time} at school.": "В школе сейчас {time}.",
    "Everything is in {folder}. Ctrl-C stops all three.": (
        "Все данные в папке {folder}. Ctrl-C останавливает все три программы."
    ),
    "One-time passwords of everybody else are in {file}.": (
        "Одноразовые пароли остальных — в файле {file}."
    ),
    "Enter cuts the network between the computers and central, and restores it.": (
        "Клавиша Enter рвёт сеть между компьютерами и сервером и восстанавливает её."
    ),
    "The network between the computers and central is cut.": (
        "Сеть между компьютерами и сервером порвана."
    ),
    "The network is back.": "Сеть восстановлена.",
    "central": "сервер: дневник, сверка и контроль",
    "room {room}": "кабинет {room}",
    "who": "кто",
    "login": "логин",
    "password": "пароль",
    "what for": "для чего",
    "keeps lessons; lesson {lesson} of {class_name} is given by a substitute today": (
        "ведёт уроки; {lesson}-й урок в {class_name} сегодня замещается"
    ),
    "gives lesson {lesson} of {class_name} as a substitute": (
        "заменяет: {lesson}-й урок в {class_name}"
    ),
    "class teacher of {class_name}": "классный руководитель {class_name}",
    "deputy head: settles on the desk what two people wrote differently": (
        "завуч: в сверке решает, где двое записали разное"
    ),
    "administrator: how the computers stand": "администратор: состояние компьютеров",
    "guardian of {children}": "родитель: {children}",
    # what can go wrong
    "{folder} holds something else; choose another with --data.": (
        "В папке {folder} лежит что-то другое; выберите другую: --data."
    ),
    "A demonstration is running in {folder} already.": "В папке {folder} уже идёт демонстрация.",
    "Port {port} is taken; choose others with --port-base.": (
        "Порт {port} занят; выберите другие: --port-base."
    ),
    "The workbook has no lesson on that day that somebody else could give.": (
        "В файле нет урока этого дня, который мог бы вести кто-то другой."
    ),
    "What the programs said is in {folder}.": "Что сообщали программы: {folder}.",
    # the check
    "central is set up and the workbook imported": "сервер создан, файл школы загружен",
    "sign-ins are made for the staff and the guardians of {name}": (
        "учётные записи созданы: сотрудники и родители {name}"
    ),
    "central runs; a computer in room {room} is enrolled and has the school's data": (
        "сервер работает; компьютер в кабинете {room} подключён и получил данные школы"
    ),
    "two parents sign in, choose passwords, and read a day without entries": (
        "два родителя входят, выбирают пароли и видят день без записей"
    ),
    "the network between the computer and central is cut": (
        "сеть между компьютером и сервером порвана"
    ),
    "a teacher signs in without the network and chooses a password": (
        "учитель входит без сети и выбирает пароль"
    ),
    "a lesson is kept: topic, homework, roll-call, mark": (
        "урок записан без сети: тема, домашнее задание, перекличка, отметка"
    ),
    "the computer loses its power and starts again": "компьютер обесточен и запущен снова",
    "the teacher signs in, still without the network: everything is there": (
        "учитель снова входит без сети: всё на месте"
    ),
    "it tries to reach central, in vain; parents still read nothing": (
        "компьютер напрасно ищет сервер; родители ещё ничего не видят"
    ),
    "the network is back; parents read topic, homework, mark and absence": (
        "сеть восстановлена; родители видят тему, задание, отметку и пропуск"
    ),
    "the teacher sees that everything is on the server": "учитель видит, что всё на сервере",
    "a substitute is entered; a second computer, in room {room}, is enrolled": (
        "замена внесена; второй компьютер, в кабинете {room}, подключён"
    ),
    "the substitute signs in there and finds what the teacher has written": (
        "заменяющий учитель входит там и видит записанное учителем"
    ),
    "the network between both computers and central is cut": (
        "сеть между обоими компьютерами и сервером порвана"
    ),
    "the teacher and the substitute write different homework for one lesson": (
        "учитель и заменяющий записывают разное задание за один урок"
    ),
    "the network is back; parents read «being clarified», and neither homework": (
        "сеть восстановлена; родители видят «уточняется» и ни одного из двух заданий"
    ),
    "both of them see both homeworks, and that the deputy head decides": (
        "оба учителя видят оба задания и что решает завуч"
    ),
    "the deputy head signs in, finds one conflict on the desk, and decides with a reason": (
        "завуч входит, видит в сверке одно расхождение и решает с обоснованием"
    ),
    "both computers show the decided homework and the reason": (
        "оба компьютера показывают решённое задание и обоснование"
    ),
    "parents read the decided homework; the protocol lists how it came to it": (
        "родители видят решённое задание; решение стоит в протоколе"
    ),
    "all three programs end in good order": "все три программы завершились штатно",
    "What the programs said is in {logs}.": "Что сообщали программы: {logs}.",
    "Every step held; {seconds} s.": "Все шаги выполнены, {seconds} с.",
}


class Teller:
    """Says things in one language, and what each step took."""

    def __init__(self, language: Language, stream: TextIO | None = None) -> None:
        """Write to ``stream``, by default to the standard output."""
        self.language = language
        self._stream = stream or sys.stdout
        self._began = time.monotonic()

    def text(self, text: str, **facts: object) -> str:
        """Return ``text`` in the language, with its facts.

        A text without Russian words stays English: an older demonstration has kept it.
        """
        words = RUSSIAN.get(text, text) if self.language == "ru" else text
        return words.format(**facts)

    def line(self, line: str = "") -> None:
        """Write a line and let it be seen at once."""
        print(line, file=self._stream, flush=True)

    def say(self, text: str, **facts: object) -> None:
        """Write a text as a line."""
        self.line(self.text(text, **facts))

    @contextmanager
    def step(self, text: str, **facts: object) -> Iterator[dict[str, object]]:
        """Report a step when it is done, with its time; facts may be added while it runs.

        A step that fails is reported, too, and its error goes on.
        """
        began = time.monotonic()
        told = dict(facts)
        try:
            yield told
        except BaseException:
            self.line(f"{self.text('FAILED'):>6} {_seconds(began)}  {self._named(text, told)}")
            raise
        self.line(f"{self.text('ok'):>6} {_seconds(began)}  {self.text(text, **told)}")

    def seconds_since_start(self) -> float:
        """Return for how long this teller has been there."""
        return time.monotonic() - self._began

    def _named(self, text: str, told: Mapping[str, object]) -> str:
        """Return a text of which some facts may not be known yet."""
        words = RUSSIAN.get(text, text) if self.language == "ru" else text
        return words.format_map(_Unknown(told))


class _Unknown(dict[str, object]):
    def __missing__(self, name: str) -> str:
        return "…"


def _seconds(began: float) -> str:
    return f"{time.monotonic() - began:6.1f} s"
