"""What the journal already knows of the school, by the keys that a workbook's rows name it with.

A row may name a teacher, a class or a student whose own row is missing from the workbook: what is
missing is not deleted, so it can still be named.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sync.school.people import PersonName


@dataclass(frozen=True)
class KnownClass:
    """A class of this school year."""

    id: str
    name: str
    year: int
    shift: int


@dataclass(frozen=True)
class Known:
    """Keys of ``names`` to ids; ``last_year`` holds the classes of the school year before."""

    subjects: Mapping[str, str] = field(default_factory=dict)
    staff: Mapping[str, str] = field(default_factory=dict)
    staff_names: Mapping[str, PersonName] = field(default_factory=dict)
    classes: Mapping[str, KnownClass] = field(default_factory=dict)
    last_year: Mapping[str, str] = field(default_factory=dict)
    students: Mapping[str, str] = field(default_factory=dict)
    class_of_student: Mapping[str, str] = field(default_factory=dict)
