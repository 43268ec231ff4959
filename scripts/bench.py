"""Measure what people wait for: ``python3 scripts/bench.py [save|sheet|replication|sync|all]``.

    save          one mark saved over HTTP, beside a bare commit to the same disk and an empty POST
    sheet         the journal sheet of a full class, beside an empty page
    sync          our synchronisation beside PouchDB's, with targets (needs Node.js and npm)
    replication   20,000 documents from a node to central, beside everything that does less

Each figure is the median of several rounds, in turns with its reference, and shown with the spread
of the rounds: compare ratios, not milliseconds of different days. The data folders are made in
``--folder`` (a temporary one without it): what the disk costs is what that disk costs.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import environment

if __name__ == "__main__":
    environment.enter()  # before the imports that need it

from benchmark import measuring, pouch, replication, save, sheet, side_by_side
from benchmark.measuring import Part
from benchmark.sizes import SMALL, USUAL, Sizes

_MEASURES = {
    "save": save.measure,
    "sheet": sheet.measure,
    "replication": replication.measure,
    "sync": side_by_side.measure,
}


def main(arguments: list[str]) -> None:
    """Measure what is asked for, print each part as soon as it is known, write all into a file."""
    options = _options(arguments)
    sizes = SMALL if options.small else USUAL
    parts = []
    try:
        for part in _measured(options, sizes):
            print(f"\n{part.as_text()}", flush=True)
            parts.append(part)
    except pouch.PouchMissing as missing:
        sys.exit(f"\n{missing}")
    told = measuring.machine()
    print(f"\n{told['cores']} cores, {told['system']}, Python {told['python']}.")
    print("Medians of rounds; ± is half of the way from the least to the greatest round.")
    if options.json:
        measuring.write_json(options.json, asdict(sizes), parts)


def _measured(options: argparse.Namespace, sizes: Sizes) -> Iterator[Part]:
    wanted = [name for name in _MEASURES if options.what in (name, "all")]
    measures = [_MEASURES[name] for name in wanted]
    if options.large and "sync" in wanted:
        measures.append(side_by_side.measure_large)
    for measure in measures:
        with tempfile.TemporaryDirectory(prefix="bench-", dir=options.folder) as made:
            yield measure(Path(made), sizes)


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("what", nargs="?", default="all", choices=[*_MEASURES, "all"])
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every round into a file")
    parser.add_argument("--folder", type=Path, help="where the data folders are made")
    parser.add_argument("--large", action="store_true", help="sync: 100,000 documents as well")
    parser.add_argument("--small", action="store_true", help="tiny sizes, to see that it runs")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main(sys.argv[1:])
