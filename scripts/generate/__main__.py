"""Generate `sequence_customers_client/_generated` from the vendored document, or check that it is what that yields.

    python -m scripts.generate            write it (`make generate`)
    python -m scripts.generate --check    compare only (`make check-generated`)

It is made in a temporary folder, and swapped in at the end, or stays as it was.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from .document import DocumentError
from .folders import differences, swap
from .generation import TARGET, Sources, generate


def main(arguments: Sequence[str] | None = None) -> int:
    """Generate or compare; returns what the process exits with."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="compare only; exit 1 when the package is out of date")
    parser.add_argument("--document", type=Path, default=Sources().document, help="another document than the vendored")
    parser.add_argument("--target", type=Path, default=TARGET, help="another folder than the package's")
    options = parser.parse_args(arguments)
    try:
        with tempfile.TemporaryDirectory() as folder:
            package = Path(folder) / "package"
            generate(Sources(document=options.document), package)
            if not options.check:
                target = options.target.resolve()
                swap(target.parent, {Path(target.name): package}, Path(f".{target.name}.old"))
                return 0
            found = list(differences(package, options.target))
    except (DocumentError, OSError) as error:
        print(f"generate: {error}", file=sys.stderr)
        return 1
    for difference in found:
        print(f"{options.target.name}/{difference}", file=sys.stderr)
    if found:
        print("check-generated: not what the document yields: run `make generate` and commit it", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
