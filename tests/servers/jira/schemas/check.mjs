// Answers against the schemas of Atlassian's OpenAPI description of Jira Cloud, as the package jira.js carries them.
// In: [{what, schema, answer}, …]; out: a line for each difference.
import * as cloud from "jira.js/cloud";
import { readFileSync } from "node:fs";

for (const { what, schema, answer } of JSON.parse(readFileSync(0, "utf8"))) {
  const known = cloud[`${schema}Schema`];
  if (!known) { console.log(`${what}: there is no schema ${schema}`); continue; }
  for (const { path, message } of known.safeParse(answer).error?.issues ?? []) console.log(`${what}: ${path.join(".")}: ${message}`);
  for (const path of strangers(known, answer, [])) console.log(`${what}: ${path.join(".")}: not in the schema`);
}

// Names that the schema doesn't have, which it would let pass.
function* strangers(schema, value, path) {
  while (schema?.def?.innerType) schema = schema.def.innerType;
  if (schema?.def?.type === "array" && Array.isArray(value)) {
    for (const [place, one] of value.entries()) yield* strangers(schema.def.element, one, [...path, place]);
  } else if (schema?.def?.type === "object" && value && typeof value === "object") {
    for (const [name, one] of Object.entries(value)) {
      if (name in schema.shape) yield* strangers(schema.shape[name], one, [...path, name]);
      else yield [...path, name];
    }
  }
}
