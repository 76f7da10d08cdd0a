"""Writes the flows that nfstream makes of captures as bench/parity reads them: JSON Lines, with the capture's name in `capture`.

usage: make_reference.py OPTIONS OUT CAPTURE ...    OPTIONS is a name of bench/parity/reference.ts, and the name that OUT has to begin with
nfstream 6.5.4 in a virtual environment: pip install nfstream==6.5.4
"""
import json
import os
import signal
import sys

from nfstream import NFStreamer

STATISTICS = {"statistical_analysis": True}
OPTIONS = {
    "default": {**STATISTICS, "splt_analysis": 10},
    "mode1": {**STATISTICS, "accounting_mode": 1, "n_dissections": 0},
    "mode2": {**STATISTICS, "accounting_mode": 2, "n_dissections": 0},
    "mode3": {**STATISTICS, "accounting_mode": 3, "n_dissections": 0},
    "short": {**STATISTICS, "idle_timeout": 2, "active_timeout": 5, "n_dissections": 0},
}
LONGEST_SECONDS = 60


def too_long(_signal, _frame):
    raise TimeoutError(f"nfstream has not ended in {LONGEST_SECONDS} s")


def main(name, target, captures):
    signal.signal(signal.SIGALRM, too_long)
    failed = 0
    with open(target, "w", encoding="utf-8") as out:
        for capture in captures:
            signal.alarm(LONGEST_SECONDS)
            try:
                for flow in NFStreamer(source=capture, n_meters=1, **OPTIONS[name]):
                    row = {"capture": os.path.basename(capture), **dict(zip(flow.keys(), flow.values()))}
                    out.write(json.dumps(row) + "\n")
            except Exception as error:
                print(f"{capture}: {error!r}", file=sys.stderr)
                failed += 1
            signal.alarm(0)
    return 1 if failed else 0


if __name__ == "__main__":
    if len(sys.argv) < 4 or sys.argv[1] not in OPTIONS:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3:]))
