// Sends logs, spans and metrics with the official SDK, then says how many.
//   node send.js http/protobuf|http/json|grpc ENDPOINT SERVICE COUNT
import { context, trace } from "@opentelemetry/api";
import { SeverityNumber } from "@opentelemetry/api-logs";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchLogRecordProcessor, LoggerProvider } from "@opentelemetry/sdk-logs";
import { MeterProvider, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import { BasicTracerProvider, BatchSpanProcessor } from "@opentelemetry/sdk-trace-base";

const [protocol, endpoint, service, count] = process.argv.slice(2);
const kind = { "http/protobuf": "proto", "http/json": "http", grpc: "grpc" }[protocol];

async function exporter(signal, name) {
  const module = await import(`@opentelemetry/exporter-${signal === "traces" ? "trace" : signal}-otlp-${kind}`);
  return new module[name]({ url: kind === "grpc" ? `http://${endpoint}` : `${endpoint}/v1/${signal}` });
}

const resource = resourceFromAttributes({ "service.name": service, "service.version": "2.0.0" });
const queue = { maxQueueSize: 100000 };
const spans = new BasicTracerProvider({
  resource,
  spanProcessors: [new BatchSpanProcessor(await exporter("traces", "OTLPTraceExporter"), queue)],
});
const logs = new LoggerProvider({
  resource,
  processors: [new BatchLogRecordProcessor({ exporter: await exporter("logs", "OTLPLogExporter"), ...queue })],
});
const meters = new MeterProvider({
  resource,
  readers: [
    new PeriodicExportingMetricReader({
      exporter: await exporter("metrics", "OTLPMetricExporter"),
      exportIntervalMillis: 3600000,
    }),
  ],
});

const log = logs.getLogger("journey");
const tracer = spans.getTracer("journey");
const counter = meters.getMeter("journey").createCounter("journeys");
for (let n = 0; n < Number(count); n++) {
  const span = tracer.startSpan(`span ${n}`);
  log.emit({
    severityNumber: SeverityNumber.WARN,
    body: `message ${n}`,
    attributes: { error_code: "JOURNEY", n },
    context: trace.setSpan(context.active(), span),
  });
  span.end();
  counter.add(1);
}
// shutdown flushes; a flush before it would send the counter's point a second time
for (const provider of [spans, logs, meters]) await provider.shutdown();
console.log(`sent ${count}`);
