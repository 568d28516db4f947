// Streamable HTTP on a loopback address: POST, GET and DELETE on /mcp.
import { randomUUID } from "node:crypto";
import http from "node:http";

import {
  localhostHostValidation,
  localhostOriginValidation,
  toNodeHandler,
} from "@modelcontextprotocol/node";
import {
  createMcpHandler,
  InMemoryServerEventBus,
  isLegacyRequest,
  WebStandardStreamableHTTPServerTransport,
} from "@modelcontextprotocol/server";

import { isOwn } from "./peer.mjs";
import { createServer, uriOf } from "./server.mjs";

const PATH = "/mcp";
/** Then the session that was used least recently ends; its client opens another. */
const MOST_SESSIONS = 100;

function refusal(message) {
  return JSON.stringify({ jsonrpc: "2.0", error: { code: -32000, message }, id: null });
}

function refuse(status, message) {
  return new Response(refusal(message), { status, headers: { "Content-Type": "application/json" } });
}

/** Tells of changed prices while a subscription of the protocol of 2026 listens. */
class UpdatesBus extends InMemoryServerEventBus {
  #updates;
  #unsubscribe = null;

  constructor(updates) {
    super();
    this.#updates = updates;
  }

  subscribe(listener) {
    const leave = super.subscribe(listener);
    this.#unsubscribe ??= this.#updates.subscribe((changed) => {
      for (const symbol of changed) this.publish({ kind: "resource_updated", uri: uriOf(symbol) });
    });
    return () => {
      leave();
      if (this.listenerCount > 0) return;
      this.#unsubscribe?.();
      this.#unsubscribe = null;
    };
  }
}

/** Ends the response to a request that was cancelled, to which the SDK sends nothing and keeps the connection. */
function forget(transport, id) {
  transport.closeSSEStream(id);
  const error = { code: -32000, message: "cancelled" };
  transport.send({ jsonrpc: "2.0", id, error }).catch(() => {}); // it was answered already
}

/** Clients of the protocol of 2025, each with a session. */
class Sessions {
  #shared;
  #onerror;
  #transports = new Map(); // by id, the one that was used last at the end

  constructor(shared, onerror) {
    this.#shared = shared;
    this.#onerror = onerror;
  }

  async answer(request) {
    const id = request.headers.get("mcp-session-id");
    const transport = id === null ? await this.#open() : this.#transports.get(id);
    if (transport === undefined) return refuse(404, "This session has ended: initialize again.");
    if (id !== null) {
      this.#transports.delete(id);
      this.#transports.set(id, transport);
    }
    const response = await transport.handleRequest(request);
    if (transport.sessionId === undefined) await transport.close(); // not initialized: an error was answered
    return response;
  }

  async #open() {
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: (id) => {
        this.#transports.set(id, transport);
        if (this.#transports.size > MOST_SESSIONS) this.#transports.values().next().value.close();
      },
    });
    const server = createServer(this.#shared, { era: "legacy" });
    server.server.onerror = (error) => {
      // An answer is undeliverable if the client has cancelled the request, or is gone.
      if (!error.message.includes("is undeliverable")) this.#onerror(error);
    };
    await server.connect(transport);
    const { onclose, onmessage } = transport;
    transport.onclose = () => {
      this.#transports.delete(transport.sessionId);
      onclose();
    };
    transport.onmessage = (message, extra) => {
      onmessage(message, extra);
      if (message.method === "notifications/cancelled") forget(transport, message.params?.requestId);
    };
    return transport;
  }
}

/** Answers 403 to programs of other users, who may not be allowed to read the account's data. */
function userGuard() {
  const own = new WeakSet();
  return ({ socket }, response) => {
    if (own.has(socket)) return true;
    if (isOwn(socket)) {
      own.add(socket);
      return true;
    }
    response.writeHead(403, { "Content-Type": "application/json" });
    response.end(refusal("This server answers only programs of the user who started it."));
    return false;
  };
}

/** Resolves with the URL once it listens. */
export async function serve(shared, { host, port }, onerror) {
  const modern = createMcpHandler((context) => createServer(shared, context), {
    legacy: "reject",
    bus: new UpdatesBus(shared.updates),
    onerror,
  });
  const sessions = new Sessions(shared, onerror);
  const answer = toNodeHandler(
    {
      fetch: async (request) => {
        if (new URL(request.url).pathname !== PATH) return refuse(404, `MCP is at ${PATH}.`);
        return (await isLegacyRequest(request)) ? sessions.answer(request) : modern.fetch(request);
      },
    },
    { onerror },
  );
  const guards = [localhostHostValidation(), localhostOriginValidation(), userGuard()];
  const server = http.createServer((request, response) => {
    if (guards.every((passes) => passes(request, response))) answer(request, response);
  });
  await new Promise((resolve, reject) => server.once("error", reject).listen(port, host, resolve));
  const { address, port: bound, family } = server.address();
  return `http://${family === "IPv6" ? `[${address}]` : address}:${bound}${PATH}`;
}
