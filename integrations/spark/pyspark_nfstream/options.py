"""What the options of a data source mean: some are its own, the others become flags of the command."""

import difflib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files

from .errors import NfstreamError

#: Bytes that a task reads, as far as captures can be put together to that size.
PARTITION_BYTES = 256 << 20

#: What damage does: fail the task, or stand as a row behind the rows that are good.
DAMAGE = ("fail", "rows")

#: Options of the data source itself, as users spell them.
OWN = ("path", "paths", "command", "damage", "partition_bytes", "packed", "log", "settle", "max_files_per_trigger")

#: Options of the command that would not mean here what they mean there, with what to do instead.
REFUSED = {
    "per_file": "every capture is a run of its own anyway",
    "merge": "every capture is a run of its own",
    "follow": "use readStream for a folder in which captures appear",
    "on_damage": "say damage='fail' or damage='rows'",
    "max_flows": "use limit() of the DataFrame",
    "processes": "processes can only be told of network devices",
    "silent_clock": "captures are not silent",
    "report": "the source uses it itself",
    "quiet": "the source uses it itself",
    "output": "write the DataFrame",
    "format": "the source uses it itself",
    "config": "give each option by its name",
}


@dataclass(frozen=True)
class SourceOptions:
    """The options of one read, checked."""

    #: Paths, patterns and folders as they were given.
    paths: tuple[str, ...] = ()
    #: The program to run; None for that of NFSTREAM_COMMAND or of the search path.
    command: str | None = None
    #: 'fail' or 'rows'.
    damage: str = "fail"
    #: Bytes of captures that one task reads.
    partition_bytes: int = PARTITION_BYTES
    #: Pieces as batches of Arrow, for stitch().
    packed: bool = False
    #: Where a stream keeps the list of the captures that it has taken.
    log: str | None = None
    #: Seconds for which a capture of a stream must not have changed.
    settle: float = 10.0
    #: Captures that a batch of a stream takes at most; None for all.
    max_files_per_trigger: int | None = None
    #: Flags for the command.
    flags: tuple[str, ...] = ()

    @classmethod
    def of(cls, given: Mapping[str, str]) -> "SourceOptions":
        """
        Checks options; names may be in snake or camel case, in any case, as Spark does not keep theirs.

        Raises NfstreamError for one that there is not, has the wrong value, or makes no sense here.
        """
        own: dict[str, str] = {}
        flags: list[str] = []
        names: set[str] = set()
        for name, value in given.items():
            key = _plain(name)
            if key in names:
                raise NfstreamError(f"The option {name} is given twice; leave one out.")
            names.add(key)
            if key in _own_names:
                own[_own_names[key]] = str(value)
            else:
                flags += _flags_for(name, str(value))
        if "anonymize" in names and "anonymizekeyfile" not in names:
            raise NfstreamError(
                "The option anonymize needs anonymize_key_file here: without it every task would make a key of its own. "
                "Name a file that is on every machine."
            )
        packed = _truth("packed", own.get("packed", "false").strip().lower())
        if packed and "--partial" not in flags:
            raise NfstreamError("The option packed is for pieces of flows; say partial=True as well, or leave it out.")
        return cls(
            paths=_paths(own),
            command=own.get("command"),
            damage=_choice("damage", own.get("damage", "fail"), DAMAGE),
            partition_bytes=_bytes("partition_bytes", own["partition_bytes"]) if "partition_bytes" in own else PARTITION_BYTES,
            packed=packed,
            log=own.get("log"),
            settle=_seconds("settle", own.get("settle", "10")),
            max_files_per_trigger=_count("max_files_per_trigger", own["max_files_per_trigger"]) if "max_files_per_trigger" in own else None,
            flags=tuple(flags),
        )


def _plain(name: str) -> str:
    return re.sub(r"[_-]", "", name).lower()


_known = json.loads(files(__package__).joinpath("flags.json").read_text("utf-8"))
_flag_names = {_plain(row["name"]): row for row in _known}
_old_names = {_plain(old): row for row in _known for old in row["was"]}
_own_names = {_plain(name): name for name in OWN}
_refused_names = {_plain(name): why for name, why in REFUSED.items()}


def _snake(row: dict) -> str:
    return row["flag"].removeprefix("--").replace("-", "_")


def _flags_for(name: str, value: str) -> list[str]:
    key = _plain(name)
    if key in _refused_names:
        raise NfstreamError(f"The option {name} is not for Spark: {_refused_names[key]}.")
    if key in _old_names:
        raise NfstreamError(f"There is no option {name}: it is called {_snake(_old_names[key])} here.")
    row = _flag_names.get(key)
    if row is None:
        spelt = {**{plain: _snake(known) for plain, known in _flag_names.items()}, **_own_names}
        near = difflib.get_close_matches(key, spelt, n=1)
        raise NfstreamError(f"There is no option {name}.{f' Did you mean {spelt[near[0]]}?' if near else ''}")
    flag = row["flag"]
    lower = value.strip().lower()
    if row["takes"] == "switch":
        return [flag] if _truth(name, lower) else []
    if row["takes"] == "set" and lower in ("true", "false"):
        return [] if lower == "true" else [flag.replace("--", "--no-", 1)]
    if row["takes"] == "lines":
        return [f"{flag}={line.strip()}" for line in value.splitlines() if line.strip()]
    return [f"{flag}={value}"]


def _truth(name: str, lower: str) -> bool:
    if lower not in ("true", "false"):
        raise NfstreamError(f"Expected true or false for the option {name} but received {lower!r}.")
    return lower == "true"


def _paths(own: Mapping[str, str]) -> tuple[str, ...]:
    if "paths" not in own:
        return (own["path"],) if "path" in own else ()
    # Spark's load(['a', 'b']) comes as a JSON array.
    try:
        paths = json.loads(own["paths"])
    except ValueError:
        paths = None
    if not isinstance(paths, list) or not all(isinstance(path, str) for path in paths):
        raise NfstreamError(f"Expected a JSON array of paths for the option paths but received {own['paths']!r}; give the paths to load().")
    return tuple(paths)


def _choice(name: str, value: str, choices: tuple[str, ...]) -> str:
    if value not in choices:
        raise NfstreamError(f"Expected {' or '.join(choices)} for the option {name} but received {value!r}.")
    return value


def _seconds(name: str, value: str) -> float:
    if not re.fullmatch(r"\d{1,9}(\.\d{1,3})?", value):
        raise NfstreamError(f"Expected a number of seconds for the option {name} but received {value!r}.")
    return float(value)


def _count(name: str, value: str) -> int:
    if not re.fullmatch(r"\d{1,9}", value) or int(value) == 0:
        raise NfstreamError(f"Expected a whole number from 1 for the option {name} but received {value!r}.")
    return int(value)


def _bytes(name: str, value: str) -> int:
    found = re.fullmatch(r"(\d{1,15})([kmg]?)b?", value.strip().lower())
    if found is None:
        raise NfstreamError(f"Expected bytes, such as 256m, for the option {name} but received {value!r}.")
    return int(found[1]) << {"": 0, "k": 10, "m": 20, "g": 30}[found[2]]
