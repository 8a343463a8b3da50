// A shop's order service with the OpenTelemetry SDK: every log line stands in the span in which it was written, so that
// StackLens shows it with its trace. Sends what happens in a number of orders, then ends.
//   npm start                    10 orders to http://localhost:4318
//   ORDERS=300 npm start
// Everything else is the SDK's own environment: OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_PROTOCOL (grpc,
// http/protobuf, http/json), OTEL_EXPORTER_OTLP_HEADERS (Authorization=Bearer%20KEY), OTEL_SERVICE_NAME.
import { metrics, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { logs, SeverityNumber } from "@opentelemetry/api-logs";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { NodeSDK } from "@opentelemetry/sdk-node";

const defaults = {
  OTEL_SERVICE_NAME: "orders",
  OTEL_TRACES_EXPORTER: "otlp",
  OTEL_LOGS_EXPORTER: "otlp",
  OTEL_METRICS_EXPORTER: "otlp",
  OTEL_NODE_RESOURCE_DETECTORS: "env,host", // not the process: its command line can hold secrets
};
for (const [name, value] of Object.entries(defaults)) process.env[name] ??= value;

// Exporters and their queues are made from the environment; this is all the set-up there is.
const sdk = new NodeSDK({ resource: resourceFromAttributes({ "service.version": "2.0.0" }) });
sdk.start();

const tracer = trace.getTracer("shop");
const log = logs.getLogger("shop");
const ordered = metrics.getMeter("shop").createCounter("orders", { description: "Orders taken in." });

// Attributes named like fields of the log contract (error_code, action, product_id, …) become those fields.
function say(severityNumber, body, attributes) {
  log.emit({ severityNumber, severityText: SeverityNumber[severityNumber], body, attributes });
}

function priceOf(product, number) {
  return tracer.startActiveSpan("GET /prices", { kind: SpanKind.CLIENT }, (span) => {
    const price = number % 5 === 4 ? null : 10 + number;
    if (price === null) {
      say(SeverityNumber.ERROR, "Product price is null or missing", { error_code: "PRICE_MISSING", product_id: product });
      span.setStatus({ code: SpanStatusCode.ERROR, message: "no price" });
    }
    span.end();
    return price;
  });
}

function order(number) {
  tracer.startActiveSpan("POST /orders", { kind: SpanKind.SERVER }, (span) => {
    const price = priceOf(`p-${number}`, number);
    say(SeverityNumber.INFO, `order ${number} ${price === null ? "refused" : "taken"}`, {
      action: "create_order",
      status: price === null ? "failure" : "success",
    });
    ordered.add(1);
    span.end();
  });
}

const count = Number(process.env.ORDERS ?? 10);
for (let number = 0; number < count; number++) order(number);
try {
  await sdk.shutdown(); // sends what still waits
  console.log(`sent ${count} orders`);
} catch (error) {
  console.error(`not everything could be sent: ${error.message}`);
  process.exitCode = 1;
}
