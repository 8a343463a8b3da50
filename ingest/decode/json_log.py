"""Plain JSON logs: an object, an array, or one object a line.

Most messages hold nothing odd and are read in one go. Any other is read again with patience, so that each of its
records is taken or refused by itself; all ways give the same records.
"""

from contextlib import suppress
from typing import Any

import msgspec

from ingest.decode.decoded import Decoded, Malformed
from ingest.validate import FlatLog, PlainLog, check_ids, check_size, log_record, plain_record

# for an array, and for one object
FLAT = msgspec.json.Decoder(list[FlatLog]), msgspec.json.Decoder(FlatLog)
NESTED = msgspec.json.Decoder(list[PlainLog]), msgspec.json.Decoder(PlainLog)


def json_logs(value: bytes, default_service: str | None) -> Decoded:
    """Raises Malformed."""
    for decoders in (FLAT, NESTED):
        with suppress(Exception):
            return at_once(value, default_service, *decoders)
    return one_by_one(value, default_service)


def at_once(
    value: bytes, default_service: str | None, many: "msgspec.json.Decoder[Any]", one: "msgspec.json.Decoder[Any]"
) -> Decoded:
    """Raises whatever it may at the first thing that is odd."""
    if value.startswith(b"["):
        logs = many.decode(value)
    else:
        logs = [one.decode(line) for line in value.splitlines() if line.strip()]
    if not logs:
        raise ValueError("nothing in it")
    check_ids(logs)
    if one is not FLAT[1]:
        for log in logs:
            check_size(log.message, log.attrs or {})
    return Decoded([plain_record(log, default_service) for log in logs], list(range(len(logs))))


def one_by_one(value: bytes, default_service: str | None) -> Decoded:
    decoded = Decoded()
    for index, item in enumerate(items(value)):
        try:
            record = log_record(item, default_service)
        except Exception as error:
            sender = item.get("service") if isinstance(item, dict) else None
            decoded.refuse(index, error, sender or default_service, msgspec.to_builtins, item)
        else:
            decoded.records.append(record)
            decoded.indexes.append(index)
    return decoded


def items(value: bytes) -> list[Any]:
    if not value.strip():
        raise Malformed("the body is empty")
    try:
        whole = msgspec.json.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        lines = [line for line in value.splitlines() if line.strip()]
        if len(lines) < 2:
            raise Malformed(f"not JSON: {error}") from None
        return [line_of(number, line) for number, line in enumerate(lines)]
    return whole if isinstance(whole, list) else [whole]


def line_of(number: int, line: bytes) -> Any:
    try:
        return msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed(f"line {number + 1} is not JSON: {error}") from None
