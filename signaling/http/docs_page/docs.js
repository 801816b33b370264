"use strict";
// Shows the OpenAPI document of this server. Text goes into the page as text, never as HTML.

const $ = (id) => document.getElementById(id);

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "class") element.className = value;
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== false && value !== undefined) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** Text with `code` in it. */
function prose(text) {
  return (text || "").split(/(`[^`]+`)/).map((part) => (part.startsWith("`") ? make("code", {}, part.slice(1, -1)) : part));
}

let api;

function resolve(schema) {
  return schema && schema.$ref ? schema.$ref.split("/").slice(1).reduce((place, name) => place[name], api) : schema || {};
}

function typeOf(schema) {
  if (!schema) return "anything";
  if (schema.$ref) return schema.$ref.split("/").pop();
  if (schema.anyOf) return schema.anyOf.map(typeOf).join(" | ");
  if (schema.allOf) return schema.allOf.map(typeOf)[0];
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (schema.type === "array") return `list of ${typeOf(schema.items)}`;
  if (schema.type === "object" && schema.additionalProperties) return `object of ${typeOf(schema.additionalProperties)}`;
  return (schema.format === "date-time" ? "moment" : schema.type) || "anything";
}

function limits(schema) {
  const all = [schema, ...(schema.anyOf || [])];
  const names = { minLength: "at least %s characters", maxLength: "at most %s characters", minimum: "at least %s", maximum: "at most %s", maxItems: "at most %s entries", minItems: "at least %s entries", pattern: "matches %s" };
  const found = all.flatMap((one) => Object.keys(names).filter((name) => name in one).map((name) => names[name].replace("%s", one[name])));
  if (schema.default !== undefined && schema.default !== null) found.push(`default ${JSON.stringify(schema.default)}`);
  return found.join(", ");
}

function example(schema, depth = 0) {
  const found = resolve(schema);
  if (found.default !== undefined) return found.default;
  if (found.enum) return found.enum[0];
  if (found.anyOf) return example(found.anyOf.find((one) => one.type !== "null"), depth);
  if (found.allOf) return example(found.allOf[0], depth);
  if (found.type === "array") return [];
  if (found.type === "object") {
    const fields = Object.entries(found.properties || {}).filter(([name]) => (found.required || []).includes(name));
    return depth > 4 ? {} : Object.fromEntries(fields.map(([name, field]) => [name, example(field, depth + 1)]));
  }
  if (found.format === "date-time") return new Date(Date.now() + 3600e3).toISOString();
  return { string: "text", integer: found.minimum || 1, number: 1, boolean: false }[found.type] ?? null;
}

function table(heads, rows) {
  const head = make("tr", {}, ...heads.map((text) => make("th", { scope: "col" }, text)));
  const body = rows.map((cells) => make("tr", {}, ...cells.map((cell) => make("td", {}, ...[cell].flat()))));
  return make("div", { class: "table" }, make("table", {}, make("thead", {}, head), make("tbody", {}, ...body)));
}

/** The fields of an object, and of the objects in them. */
function fields(schema, seen = new Set()) {
  const inner = schema?.type === "array" ? schema.items : schema;
  const found = resolve(inner);
  const name = inner?.$ref || "";
  if (!found.properties || seen.has(name)) return [];
  seen.add(name);
  const rows = Object.entries(found.properties).map(([field, of]) => [
    make("code", {}, field), typeOf(of), (found.required || []).includes(field) ? "always" : "optional", [limits(of), of.description].filter(Boolean).join("; "),
  ]);
  const parts = [];
  if (found.description) parts.push(make("p", {}, ...prose(found.description)));
  if (rows.length) parts.push(table([inner.$ref ? typeOf(inner) : "field", "type", "", ""], rows));
  for (const of of Object.values(found.properties)) {
    for (const one of [of, of.items, of.additionalProperties, ...(of.anyOf || [])]) {
      if (one?.$ref || one?.items?.$ref) parts.push(...fields(one, seen));
    }
  }
  return parts;
}

function content(part) {
  const [type, media] = Object.entries(part?.content || {})[0] || [];
  return { type, schema: media?.schema };
}

function show(method, path, operation) {
  const parameters = operation.parameters || [];
  const body = operation.requestBody && content(operation.requestBody);
  const [about, who] = operation.description.split("\n\n");
  const parts = [make("p", {}, ...prose(about)), make("p", {}, make("strong", {}, who || ""), operation.security?.length === 0 ? " Needs no token." : "")];
  if (parameters.length) {
    parts.push(make("h3", {}, "Parameters"));
    parts.push(table(["name", "in", "type", ""], parameters.map((one) => [
      make("code", {}, one.name), one.in, typeOf(one.schema), [one.required ? "required" : "", limits(one.schema)].filter(Boolean).join(", "),
    ])));
  }
  if (body) parts.push(make("h3", {}, `Body: ${body.type}`), ...fields(body.schema));
  parts.push(make("h3", {}, "Answers"));
  parts.push(table(["status", "content", ""], Object.entries(operation.responses).map(([status, given]) => {
    const answer = resolve(given);
    const { type, schema } = content(answer);
    return [make("code", {}, status), type === "application/json" ? typeOf(schema) : type || "", prose(answer.description)];
  })));
  const success = content(resolve(Object.entries(operation.responses).find(([status]) => status < "300")?.[1]));
  if (success.schema) parts.push(...fields(success.schema));
  parts.push(make("h3", {}, "Try it"), attempt(method, path, parameters, body));
  return parts;
}

function attempt(method, path, parameters, body) {
  const inputs = parameters.map((one) => [one, make("input", { required: one.required, autocomplete: "off", placeholder: typeOf(one.schema) })]);
  const text = body?.type === "application/json" ? make("textarea", { spellcheck: "false" }) : null;
  if (text) text.value = JSON.stringify(example(body.schema), null, 2);
  const file = body && !text ? make("input", { type: "file" }) : null;
  const result = make("pre", { hidden: true, "aria-live": "polite" });
  const send = async (event) => {
    event.preventDefault();
    let url = path;
    const query = new URLSearchParams();
    for (const [one, input] of inputs) {
      if (one.in === "path") url = url.replace(`{${one.name}}`, encodeURIComponent(input.value));
      else if (input.value) query.set(one.name, input.value);
    }
    if ([...query].length) url += `?${query}`;
    const headers = {};
    if ($("token").value) headers.Authorization = `Bearer ${$("token").value.trim()}`;
    if (body) headers["Content-Type"] = body.type;
    result.hidden = false;
    result.textContent = "…";
    try {
      const began = performance.now();
      const answer = await fetch(`..${url}`, { method: method.toUpperCase(), headers, body: text ? text.value : file?.files[0] });
      const took = Math.round(performance.now() - began);
      let shown = await answer.text();
      if (/json/.test(answer.headers.get("Content-Type") || "")) shown = JSON.stringify(JSON.parse(shown), null, 2);
      result.textContent = `${answer.status} ${answer.statusText} (${took} ms)\n\n${shown.slice(0, 100000)}`;
    } catch (error) {
      result.textContent = `The request failed: ${error.message}`;
    }
  };
  const labels = inputs.map(([one, input]) => make("label", {}, `${one.name}${one.required ? "" : " (optional)"}`, input));
  if (text || file) labels.push(make("label", {}, "body", text || file));
  return make("form", { class: "try", onsubmit: send }, ...labels, make("button", {}, "Send"), result);
}

function operationOf(method, path, operation) {
  const details = make("details", { class: "operation", id: operation.operationId });
  details.append(make("summary", {}, make("span", { class: `method ${method}` }, method.toUpperCase()), make("span", { class: "path" }, path), make("span", { class: "summary" }, operation.summary)));
  details.dataset.words = [method, path, operation.summary, operation.description, ...Object.values(operation.responses).map((one) => one.$ref || "")].join(" ").toLowerCase();
  details.addEventListener("toggle", () => {
    if (details.open && details.childElementCount === 1) details.append(make("div", {}, ...show(method, path, operation)));
    if (details.open) history.replaceState(null, "", `#${operation.operationId}`);
  });
  return details;
}

function find() {
  const words = $("find").value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const section of document.querySelectorAll("main > section")) {
    let any = false;
    for (const one of section.querySelectorAll(".operation")) {
      one.hidden = !words.every((word) => one.dataset.words.includes(word));
      any ||= !one.hidden;
    }
    section.hidden = !any;
  }
}

function openNamed() {
  const named = $(decodeURIComponent(location.hash.slice(1)));
  if (named?.matches(".operation")) {
    named.open = true;
    named.scrollIntoView();
  }
}

async function start() {
  api = await (await fetch("v1/openapi.json")).json();
  $("version").textContent = api.info.version;
  $("status").textContent = api.info.description.replaceAll("`", "");
  for (const tag of api.tags) {
    const id = `subject-${tag.name.toLowerCase().replaceAll(" ", "-")}`;
    const section = make("section", { id }, make("h2", {}, tag.name), make("p", {}, ...prose(tag.description)));
    for (const [path, methods] of Object.entries(api.paths)) {
      for (const [method, operation] of Object.entries(methods)) {
        if (operation.tags[0] === tag.name) section.append(operationOf(method, path, operation));
      }
    }
    $("main").append(section);
    $("subjects").append(make("li", {}, make("a", { href: `#${id}` }, tag.name)));
  }
  $("contents").open = matchMedia("(min-width: 48.01rem)").matches;
  $("find").addEventListener("input", find);
  addEventListener("hashchange", openNamed);
  openNamed();
}

start().catch((error) => {
  $("status").textContent = `The document cannot be shown: ${error.message}`;
});
