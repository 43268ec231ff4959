"""What people call the school's computers: this one by itself, the others as central last said."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from node.storage import Node

#: Where central's word on the computers is kept.
KEPT = "sync.computers"


@dataclass(frozen=True)
class Computers:
    """Tells computers apart; ``own`` are the identities of this one, ``label`` its name."""

    own: tuple[str, ...] = ()
    label: str = ""
    others: Mapping[str, str] = field(default_factory=dict)

    def is_here(self, node: str) -> bool:
        """Tell whether entries of ``node`` were made on this computer."""
        return node in self.own

    def name(self, node: str) -> str:
        """Return what people call a computer, such as «Кабинет 7»; empty if nobody has said."""
        return self.label if self.is_here(node) else self.others.get(node, "")


def known(node: Node) -> Computers:
    """Return what this computer knows."""
    told = node.store.meta_get(KEPT)
    return Computers(
        tuple(node.identity.makers), node.identity.label, told if isinstance(told, dict) else {}
    )
