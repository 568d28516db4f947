// tickcache-mcp as agents meet it: started by a client, or over HTTP; the official clients.
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { Client as Client2, StreamableHTTPClientTransport as Http2 } from "@modelcontextprotocol/client";
import { StdioClientTransport as Stdio2 } from "@modelcontextprotocol/client/stdio";
import { Client as Client1 } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport as Stdio1 } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport as Http1 } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { ResourceUpdatedNotificationSchema } from "@modelcontextprotocol/sdk/types.js";

import { eventually } from "../market.mjs";

const require = createRequire(import.meta.url);

export const HERE = path.dirname(fileURLToPath(import.meta.url));
export const INSTALLED = path.dirname(require.resolve("tickcache/package.json"));
export const PROGRAM = path.join(INSTALLED, require("tickcache/package.json").bin["tickcache-mcp"]);
/** For programs of others that need a newer Node than this may be. */
export const NODE22 = path.join(HERE, `node_modules/node-linux-${process.arch}/bin/node`);

/** The text that a model reads. */
export function text(result) {
  return result.content.map((part) => part.text).join("\n");
}

/** tickcache-mcp over HTTP: the program, with its `url`. */
export async function listening(market, ...options) {
  const program = market.run([
    process.execPath,
    ...options,
    PROGRAM,
    "--http",
    "0",
    "--segment",
    market.segment,
  ]);
  const line = await eventually(() => /listening on (\S+)\n/.exec(program.err), "tickcache-mcp");
  program.url = line[1];
  return program;
}

/** Each has call(name, arguments, options), and subscribe(uri, updated), which calls updated(uri) from then on. */
const KINDS = {
  "SDK 1": {
    client: () => new Client1({ name: "tests", version: "1" }),
    stdio: Stdio1,
    http: Http1,
    call: (client) => (name, args, options) => client.callTool({ name, arguments: args }, undefined, options),
    subscribe: (client) => async (uri, updated) => {
      client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => updated(params.uri));
      await client.subscribeResource({ uri });
      return () => client.unsubscribeResource({ uri });
    },
    era: () => "2025-11-25",
  },
  "SDK 2, protocol of 2025": {
    client: () => new Client2({ name: "tests", version: "1" }, { versionNegotiation: { mode: "legacy" } }),
    stdio: Stdio2,
    http: Http2,
    call: (client) => (name, args, options) => client.callTool({ name, arguments: args }, options),
    subscribe: (client) => async (uri, updated) => {
      client.setNotificationHandler("notifications/resources/updated", ({ params }) => updated(params.uri));
      await client.subscribeResource({ uri });
      return () => client.unsubscribeResource({ uri });
    },
    era: (client) => client.getNegotiatedProtocolVersion(),
  },
  "SDK 2, protocol of 2026": {
    client: () => new Client2({ name: "tests", version: "1" }, { versionNegotiation: { mode: "auto" } }),
    stdio: Stdio2,
    http: Http2,
    call: (client) => (name, args, options) => client.callTool({ name, arguments: args }, options),
    subscribe: (client) => async (uri, updated) => {
      client.setNotificationHandler("notifications/resources/updated", ({ params }) => updated(params.uri));
      const subscription = await client.listen({ resourceSubscriptions: [uri] });
      return () => subscription.close();
    },
    era: (client) => client.getNegotiatedProtocolVersion(),
  },
};

export const CLIENTS = Object.keys(KINDS);

/** A client that is connected to `url`, or over stdio to a tickcache-mcp that it starts; closed with `t`. */
export async function connected(t, kind, { url, segment, options = [] }) {
  const { client: make, stdio: Stdio, http: Http, call, subscribe, era } = KINDS[kind];
  const client = make();
  const transport = url
    ? new Http(new URL(url))
    : new Stdio({
        command: process.execPath,
        args: [...options, PROGRAM, "--segment", segment],
        stderr: "inherit",
      });
  t.after(() => client.close());
  await client.connect(transport);
  return Object.assign(client, {
    call: call(client),
    subscribe: subscribe(client),
    era: era(client),
    process: () => transport.pid,
    drop: () => transport.close(),
  });
}
