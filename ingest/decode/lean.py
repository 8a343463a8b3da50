"""OTLP's own protobuf messages, but with attributes left as bytes until they are asked for.

On the wire a message within a message and a run of bytes are the same. As bytes an attribute costs little to take up,
and one that came before is known by them.
"""

from typing import Any

from google.protobuf import descriptor_pool, message_factory
from google.protobuf.descriptor import FileDescriptor
from google.protobuf.descriptor_pb2 import DescriptorProto, FieldDescriptorProto, FileDescriptorProto
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue

ATTRIBUTE = f".{KeyValue.DESCRIPTOR.full_name}"


def lean(message: Any) -> Any:
    """The class of such a message."""
    descriptor = message.DESCRIPTOR
    pool = descriptor_pool.DescriptorPool()
    add(descriptor.file, pool, set())
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(descriptor.full_name))


def add(file: FileDescriptor, pool: descriptor_pool.DescriptorPool, added: set[str]) -> None:
    """A file and those that it imports, each once."""
    if file.name in added:
        return
    added.add(file.name)
    for imported in file.dependencies:
        add(imported, pool, added)
    copy = FileDescriptorProto()
    file.CopyToProto(copy)
    for message in copy.message_type:
        leave_attributes(message)
    pool.AddSerializedFile(copy.SerializeToString())


def leave_attributes(message: DescriptorProto) -> None:
    for field in message.field:
        if field.name == "attributes" and field.type_name == ATTRIBUTE:
            field.type = FieldDescriptorProto.TYPE_BYTES
            field.ClearField("type_name")
    for nested in message.nested_type:
        leave_attributes(nested)


REQUESTS: dict[str, Any] = {
    "logs": lean(ExportLogsServiceRequest),
    "traces": lean(ExportTraceServiceRequest),
    "metrics": lean(ExportMetricsServiceRequest),
}
