"""Processes of this machine, as /proc tells them."""

from pathlib import Path


def below(pid: int) -> dict[int, list[str]]:
    """A process, all that it has started, what these have started, and so on: of each what its ``stat`` has behind its name."""
    told: dict[int, list[str]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                told[int(entry.name)] = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:  # it has ended meanwhile
                continue
    found = {pid}
    while more := {child for child, fields in told.items() if int(fields[1]) in found} - found:
        found |= more
    return {one: told[one] for one in found if one in told}
