"""Generate `sequence_customers_client/_generated` from the vendored document, or check that it is what that yields.

`make generate` is `python -m scripts.generate`, and `make check-generated` is the same with --check.
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
            package, target = Path(folder) / "package", options.target.resolve()
            generate(Sources(document=options.document), package)
            told = [f"{target.name}/{each}" for each in differences(package, target)] if options.check else []
            if told:
                told.append("check-generated: not what the document yields: run `make generate` and commit it")
            if not options.check:
                swap(target.parent, {Path(target.name): package}, Path(f".{target.name}.old"))
    except (DocumentError, OSError) as error:
        told = [f"generate: {error}"]
    sys.stderr.writelines(f"{line}\n" for line in told)
    return 1 if told else 0


if __name__ == "__main__":
    sys.exit(main())
