// Shows /openapi.json and lets every call be tried. No library, no inline script or style: the page's policy allows none.

const make = (tag, attributes = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
};

const resolve = (document_, schema) => {
  let found = schema ?? {};
  for (let depth = 0; found.$ref && depth < 10; depth += 1) {
    found = found.$ref.slice(2).split("/").reduce((part, name) => part[name], document_);
  }
  return found;
};

const typeName = (document_, schema) => {
  const found = resolve(document_, schema);
  if (found.const !== undefined) return JSON.stringify(found.const);
  if (found.enum) return found.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (found.anyOf) return found.anyOf.map((part) => typeName(document_, part)).join(" | ");
  if (found.type === "array") return `[${typeName(document_, found.items)}]`;
  return [found.format ?? found.type ?? "any", found.maxLength ? `up to ${found.maxLength} characters` : ""].filter(Boolean).join(", ");
};

// An example of what a schema describes; deep enough for every answer here, never endless.
const example = (document_, schema, depth = 0) => {
  const found = resolve(document_, schema);
  if (depth > 8) return null;
  if (found.examples?.length) return found.examples[0];
  if (found.default !== undefined) return found.default;
  if (found.const !== undefined) return found.const;
  if (found.enum) return found.enum[0];
  if (found.anyOf) return example(document_, found.anyOf[0], depth + 1);
  if (found.type === "array") return [example(document_, found.items, depth + 1)];
  if (found.type === "object") {
    const shown = Object.entries(found.properties ?? {}).map(([name, part]) => [name, example(document_, part, depth + 1)]);
    if (!shown.length && typeof found.additionalProperties === "object") {
      shown.push(["...", example(document_, found.additionalProperties, depth + 1)]);
    }
    return Object.fromEntries(shown);
  }
  return { string: "text", integer: 0, number: 0.5, boolean: false }[found.type] ?? null;
};

const parameterRows = (document_, fields) =>
  make("table", {},
    make("thead", {}, make("tr", {}, ...["Name", "In", "Type", "Meaning"].map((name) => make("th", {}, name)))),
    make("tbody", {}, ...fields.map(({ name, place, schema, required, description }) =>
      make("tr", {},
        make("td", {}, make("code", {}, required ? `${name} *` : name)),
        make("td", {}, place),
        make("td", {}, typeName(document_, schema)),
        make("td", {}, description ?? ""),
      ))),
  );

const fieldsOf = (document_, operation) => {
  const fields = (operation.parameters ?? []).map((parameter) => ({ ...parameter, place: parameter.in }));
  const [type, content] = Object.entries(operation.requestBody?.content ?? {})[0] ?? [];
  const body = resolve(document_, content?.schema);
  for (const [name, schema] of Object.entries(body.properties ?? {})) {
    fields.push({ name, place: "body", type, schema, required: body.required?.includes(name), description: schema.description });
  }
  return { fields, type, body };
};

const inputFor = (document_, field) => {
  const file = resolve(document_, field.schema).format === "binary";
  const input = make("input", { type: file ? "file" : "text", name: field.name, autocomplete: "off" });
  return { field, input, row: make("label", {}, `${field.name}${field.required ? " *" : ""} (${field.place})`, input) };
};

const request = (path, method, inputs, bodyText, type) => {
  const headers = { Accept: "application/json" };
  const token = document.getElementById("token").value.trim();
  if (token) headers.Authorization = `Bearer ${token}`;
  const query = new URLSearchParams();
  const form = new FormData();
  let address = path;
  for (const { field, input } of inputs) {
    const value = input.type === "file" ? input.files[0] : input.value;
    if (value === undefined || (value === "" && field.place !== "path")) continue;
    if (field.place === "path") address = address.replace(`{${field.name}}`, encodeURIComponent(value));
    else if (field.place === "query") query.set(field.name, value);
    else if (field.place === "header") headers[field.name] = value;
    else form.set(field.name, value);
  }
  const options = { method, headers };
  if (type === "multipart/form-data") options.body = form;
  else if (type) {
    headers["Content-Type"] = type;
    options.body = bodyText.value;
  }
  return fetch(query.size ? `${address}?${query}` : address, options);
};

const tryIt = (document_, path, method, operation) => {
  const { fields, type, body } = fieldsOf(document_, operation);
  const asForm = type === "multipart/form-data";
  const inputs = fields.filter(({ place }) => place !== "body" || asForm).map((field) => inputFor(document_, field));
  const bodyText = type && !asForm ? make("textarea", { spellcheck: "false" }) : null;
  if (bodyText) bodyText.value = JSON.stringify(example(document_, body), null, 2);
  const shown = make("pre", { hidden: true, tabindex: "0", "aria-live": "polite" });
  const send = make("button", { type: "submit" }, "Send");
  const form = make("form", {}, ...inputs.map(({ row }) => row), bodyText ? make("label", {}, "Body", bodyText) : null, send, shown);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    send.disabled = true;
    shown.hidden = false;
    shown.textContent = "…";
    try {
      const answer = await request(path, method, inputs, bodyText, type);
      const text = await answer.text();
      let pretty = text;
      try { pretty = JSON.stringify(JSON.parse(text), null, 2); } catch { /* not JSON: shown as it came */ }
      shown.className = answer.ok ? "" : "failed";
      shown.textContent = `${answer.status} ${answer.statusText}\n\n${pretty.slice(0, 100000)}`;
    } catch (error) {
      shown.className = "failed";
      shown.textContent = `No answer: ${error.message}`;
    } finally {
      send.disabled = false;
    }
  });
  return form;
};

const answers = (document_, operation) =>
  make("div", {}, ...Object.entries(operation.responses).map(([status, answer]) => {
    const [type, content] = Object.entries(answer.content ?? {})[0] ?? ["", undefined];
    const line = make("p", {}, make("code", { class: status >= "400" ? "failed" : "" }, status), ` ${answer.description} `,
      make("span", { class: "summary" }, type));
    if (status >= "400" || !content?.schema) return line;
    return make("div", {}, line, make("pre", { tabindex: "0" }, JSON.stringify(example(document_, content.schema), null, 2)));
  }));

const show = (document_, path, method, operation) => {
  const { fields } = fieldsOf(document_, operation);
  const needs = operation.security?.length ? (operation.security.some((one) => !Object.keys(one).length) ? "token optional" : "token") : "";
  const inside = make("div", { class: "inside" });
  const element = make("details", { class: "operation", id: operation.operationId },
    make("summary", {}, make("span", { class: "method" }, method.toUpperCase()), make("span", { class: "path" }, path),
      make("span", { class: "summary" }, operation.summary), make("span", { class: "lock" }, needs)),
    inside);
  element.addEventListener("toggle", () => {
    if (!element.open || inside.childElementCount) return;
    inside.append(
      ...(operation.description ? [make("p", {}, operation.description)] : []),
      ...(fields.length ? [make("h3", {}, "Takes"), parameterRows(document_, fields)] : []),
      make("h3", {}, "Answers"), answers(document_, operation),
      make("h3", {}, "Try it"), tryIt(document_, path, method, operation),
    );
  });
  return element;
};

const start = async () => {
  const answer = await fetch("/openapi.json");
  const document_ = await answer.json();
  document.getElementById("about").textContent = 
    document_.info.description.replaceAll("`", "").replaceAll(/([^\n])\n(?!\n)/g, "$1 ");
  const main = document.getElementById("operations");
  const byTag = new Map();
  for (const [path, methods] of Object.entries(document_.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const tag = operation.tags?.[0] ?? "other";
      byTag.set(tag, [...(byTag.get(tag) ?? []), show(document_, path, method, operation)]);
    }
  }
  for (const [tag, operations] of byTag) main.append(make("h2", {}, tag), ...operations);
};

start().catch((error) => {
  document.getElementById("about").textContent = `The description could not be loaded: ${error.message}`;
});
