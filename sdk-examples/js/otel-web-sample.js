// A page with the OpenTelemetry SDK: traces of what a visitor does, logs that stand in them, errors that nobody caught,
// and web vitals. Everything goes by OTLP/HTTP to ?endpoint=… (default http://localhost:4318): StackLens' own door, or a
// Collector; both answer the browser's CORS questions. ?key=… is sent as an ingest key where one is wanted.
import { context, SpanStatusCode, trace } from "@opentelemetry/api";
import { SeverityNumber } from "@opentelemetry/api-logs";
import { OTLPLogExporter } from "@opentelemetry/exporter-logs-otlp-http";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { registerInstrumentations } from "@opentelemetry/instrumentation";
import { FetchInstrumentation } from "@opentelemetry/instrumentation-fetch";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchLogRecordProcessor, LoggerProvider } from "@opentelemetry/sdk-logs";
import { BatchSpanProcessor, WebTracerProvider } from "@opentelemetry/sdk-trace-web";
import { onCLS, onFCP, onINP, onLCP, onTTFB } from "web-vitals";

const given = new URLSearchParams(location.search);
const endpoint = given.get("endpoint") ?? "http://localhost:4318";
const headers = given.has("key") ? { Authorization: `Bearer ${given.get("key")}` } : {};
const resource = resourceFromAttributes({
  "service.name": given.get("service") ?? "web-shop",
  "service.version": "1.0.0",
  "user_agent.original": navigator.userAgent,
});
const often = { scheduledDelayMillis: 1000 };

const spans = new WebTracerProvider({
  resource,
  spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter({ url: `${endpoint}/v1/traces`, headers }), often)],
});
spans.register();
registerInstrumentations({ instrumentations: [new FetchInstrumentation({ ignoreUrls: [new RegExp(`^${endpoint}/`)] })] });
const tracer = trace.getTracer("page");

const logs = new LoggerProvider({
  resource,
  processors: [
    new BatchLogRecordProcessor({ exporter: new OTLPLogExporter({ url: `${endpoint}/v1/logs`, headers }), ...often }),
  ],
});
const log = logs.getLogger("page");

// A page may be gone at any moment: what waits is sent when it is left.
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden") {
    spans.forceFlush();
    logs.forceFlush();
  }
});

function say(severityNumber, body, attributes = {}) {
  log.emit({
    severityNumber,
    severityText: SeverityNumber[severityNumber],
    body,
    attributes: { "url.path": location.pathname, ...attributes },
    context: context.active(),
  });
}

// --- errors that nobody caught -----------------------------------------------------------------------------------
function uncaught(error) {
  say(SeverityNumber.ERROR, String(error?.message ?? error), {
    error_code: "BROWSER_ERROR",
    "exception.type": error?.name ?? typeof error,
    "exception.stacktrace": error?.stack ?? "",
  });
}
addEventListener("error", (event) => uncaught(event.error ?? event.message));
addEventListener("unhandledrejection", (event) => uncaught(event.reason));

// --- web vitals --------------------------------------------------------------------------------------------------
for (const watch of [onCLS, onFCP, onINP, onLCP, onTTFB]) {
  watch(({ name, value, rating }) =>
    say(rating === "poor" ? SeverityNumber.WARN : SeverityNumber.INFO, `web vital ${name} is ${rating}`, {
      "web_vital.name": name,
      "web_vital.value": value,
    }),
  );
}

// --- what a visitor does -----------------------------------------------------------------------------------------
async function order(withPrice) {
  const span = tracer.startSpan("order");
  const inSpan = trace.setSpan(context.active(), span);
  // the context is lost behind an await, so it is entered again
  const answer = await context.with(inSpan, () => fetch("product.json"));
  const product = await answer.json();
  context.with(inSpan, () => {
    if (withPrice) {
      say(SeverityNumber.INFO, `ordered ${product.id}`, { action: "create_order", status: "success" });
    } else {
      span.setStatus({ code: SpanStatusCode.ERROR, message: "no price" });
      say(SeverityNumber.ERROR, "Product price is null or missing", {
        error_code: "PRICE_MISSING",
        product_id: product.id,
        action: "create_order",
        status: "failure",
      });
    }
  });
  span.end();
}

const actions = {
  order: () => order(true),
  "order-without-price": () => order(false),
  fail: () => {
    throw new TypeError("the basket is not a function");
  },
};
for (const [id, action] of Object.entries(actions)) document.getElementById(id).addEventListener("click", action);
document.getElementById("endpoint").textContent = endpoint;
