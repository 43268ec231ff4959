"""How much is measured: what a figure stands for, and tiny sizes that show that it runs."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Sizes:
    """Counts of what is measured.

    Attributes:
        students, lessons: of the group whose sheet is shown and filled in.
        saves, pages: of one round.
        documents: how many go from the node to central; ``edits`` of them are edited afterwards.
        checks: syncs with nothing to do.
        storm_nodes: how many nodes push at once, ``storm_documents`` each.
        leaves: of one document in conflict.
        polls: how many are held while ``poll_saves`` saves are made.
    """

    students: int = 30
    lessons: int = 60
    rounds: int = 5
    saves: int = 200
    traced_saves: int = 200
    pages: int = 20
    replication_rounds: int = 3
    documents: int = 20_000
    edits: int = 1_000
    checks: int = 20
    storm_nodes: int = 40
    storm_documents: int = 500
    leaves: int = 1_000
    polls: int = 100
    poll_saves: int = 200


USUAL = Sizes()
SMALL = Sizes(
    students=4,
    lessons=5,
    rounds=2,
    saves=3,
    traced_saves=4,
    pages=2,
    replication_rounds=1,
    documents=60,
    edits=7,
    checks=2,
    storm_nodes=3,
    storm_documents=8,
    leaves=20,
    polls=5,
    poll_saves=5,
)
