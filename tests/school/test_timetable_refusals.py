from datetime import time

import pytest

from sync import errors
from sync.school.timetable import Bell, Slot


@pytest.mark.parametrize(("weekday", "number"), [(0, 1), (8, 1), (1, -1), (1, 21)])
def test_a_row_that_cannot_be_is_refused(weekday, number):
    with pytest.raises(errors.SlotRefused):
        Slot("maths", weekday, number)


@pytest.mark.parametrize(
    ("number", "starts", "ends"),
    [
        (1, time(9, 15), time(8, 30)),
        (1, time(9, 15), time(9, 15)),
        (-1, time(8, 0), time(9, 0)),
        (21, time(8, 0), time(9, 0)),
    ],
)
def test_a_bell_that_cannot_be_is_refused(number, starts, ends):
    with pytest.raises(errors.BellsRefused):
        Bell(1, number, starts, ends)
