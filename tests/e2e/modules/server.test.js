import { CallError, Server } from "/static/server.js";
import { equal, ok } from "./check.js";

function server(response) {
  const asked = [];
  const send = async (url, options) => {
    asked.push([String(url), options.method, options.body]);
    if (response instanceof Error) throw response;
    return response;
  };
  return { asked, server: new Server("http://localhost/below/", send) };
}

async function refused(response) {
  return server(response).server.ask("reports/").catch((error) => error);
}

export default {
  async "an answer comes as it is, and nothing as null"() {
    const { asked, server: ready } = server(new Response('{"a": 1}', { headers: { "X-Total-Count": "7" } }));
    const { answer, headers } = await ready.call("login/", { method: "POST", json: { b: 2 } });
    equal([answer, headers.get("X-Total-Count")], [{ a: 1 }, "7"]);
    equal(asked, [["http://localhost/below/login/", "POST", '{"b":2}']]);
    equal(await server(new Response(null, { status: 204 })).server.ask("reports/1", { method: "DELETE" }), null);
  },
  async "a refusal is the server's sentence, with how long to wait"() {
    const body = { error: "Too many attempts. Please try again in a minute.", code: "too_many_attempts", details: { retry_after_s: 9 } };
    const error = await refused(new Response(JSON.stringify(body), { status: 429, headers: { "Retry-After": "9" } }));
    ok(error instanceof CallError, "a CallError");
    equal([error.message, error.status, error.code, error.waitMs, error.details], [body.error, 429, body.code, 9000, body.details]);
  },
  async "no answer, and one that is no JSON, have a sentence too"() {
    equal([(await refused(new TypeError("x"))).code, (await refused(new Response("<html>", { status: 502 }))).status], ["unreachable", 502]);
    ok((await refused(new Response("<html>", { status: 502 }))).message.startsWith("The server has a problem"), "a sentence");
  },
};
