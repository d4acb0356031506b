"""What a program costs before its first call. A script by itself, which imports nothing that the program might.

start.py PROGRAM prints JSON: `cpu` and `wall` of import and first client and `second`, the CPU of one more client, in
seconds; and `memory` before that one, in MiB.
"""

import os
import sys
import time


def main() -> None:
    """Start it, and say what that cost."""
    contestant: dict[str, object] = {}
    cpu, wall = time.process_time(), time.perf_counter()
    exec(sys.argv[1], contestant)  # noqa: S102 - our own data
    make = contestant["make"]
    assert callable(make)  # noqa: S101 - for the type checker
    client = make()
    figures = {"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall}
    with open("/proc/self/statm", encoding="ascii") as memory:  # noqa: PTH123 - pathlib is an import more
        figures["memory"] = int(memory.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
    cpu = time.process_time()
    clients = [client, *(make() for _ in range(5))]
    figures["second"] = (time.process_time() - cpu) / (len(clients) - 1)
    import json  # noqa: PLC0415 - it comes after what is measured

    print(json.dumps(figures))


if __name__ == "__main__":
    main()
