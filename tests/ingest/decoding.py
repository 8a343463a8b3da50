"""Logs made and decoded for tests, in both of OTLP's encodings."""

import base64
import json
from typing import Any

from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue

from ingest.decode import decode

NOW = 1_768_000_000_000_000_000


def logs(value, encoding=None, **more) -> Any:
    return decode(value, signal="logs", encoding=encoding, received_at=NOW, **more)


def any_value(value) -> AnyValue:
    made = AnyValue()
    if isinstance(value, bool):
        made.bool_value = value
    elif isinstance(value, int):
        made.int_value = value
    elif isinstance(value, float):
        made.double_value = value
    elif isinstance(value, str):
        made.string_value = value
    elif isinstance(value, bytes):
        made.bytes_value = value
    elif isinstance(value, list):
        made.array_value.SetInParent()
        for item in value:
            made.array_value.values.append(any_value(item))
    elif isinstance(value, dict):
        made.kvlist_value.SetInParent()
        for key, item in value.items():
            made.kvlist_value.values.add(key=key).value.CopyFrom(any_value(item))
    return made


def as_json(request) -> bytes:
    """Protobuf's own JSON, with ids as hex, as OTLP has it."""

    def hexed(value):
        if isinstance(value, dict):
            return {
                key: base64.b64decode(item).hex() if key.endswith(("raceId", "panId")) else hexed(item)
                for key, item in value.items()
            }
        return [hexed(item) for item in value] if isinstance(value, list) else value

    return json.dumps(hexed(MessageToDict(request, use_integers_for_enums=True))).encode()


def one_log(**fields):
    request = ExportLogsServiceRequest()
    record = request.resource_logs.add().scope_logs.add().log_records.add()
    for name, value in fields.items():
        if name == "attributes":
            for key, item in value.items():
                record.attributes.add(key=key).value.CopyFrom(any_value(item))
        elif name == "body":
            record.body.CopyFrom(any_value(value))
        else:
            setattr(record, name, value)
    return logs(request.SerializeToString(), "protobuf").records[0]
