// The MCP server: the tools and the resources over one market, for one client.
import { McpServer, ResourceNotFoundError, ResourceTemplate } from "@modelcontextprotocol/server";
import * as z from "zod";

import tickcache from "../lib/index.js";

import { Unanswerable } from "./market.mjs";
import { search } from "./symbols.mjs";
import { TOOLS } from "./tools.mjs";
import { ofPrice } from "./words.mjs";

const SCHEME = "ticker://";
const MOST_COMPLETIONS = 100;

const INSTRUCTIONS =
  "Prices, candles, orders and the portfolio of the user's exchange account, read from a feed on this" +
  " machine. Read only. Every answer says whether it is live. If a text begins with NOT LIVE, tell the user" +
  " so, and do not present the value as the current one. Prices and amounts are exact decimals as text.";

export function uriOf(symbol) {
  return `${SCHEME}${encodeURIComponent(symbol)}`;
}

/** The symbol that a URI names, as a client wrote it. */
function askedBy(uri) {
  try {
    if (uri.startsWith(SCHEME)) return decodeURIComponent(uri.slice(SCHEME.length));
  } catch {
    // no URI
  }
  throw new ResourceNotFoundError(uri, `${uri} is no resource of this server, which has ${SCHEME}SYMBOL`);
}

/** Sends progress if the client has asked for it. */
function progressOf({ mcpReq }) {
  const progressToken = mcpReq._meta?.progressToken;
  if (progressToken === undefined) return () => {};
  return (progress, total, message) =>
    mcpReq
      .notify({ method: "notifications/progress", params: { progressToken, progress, total, message } })
      .catch(() => {}); // the client is gone, which the signal tells
}

/** Ends when the client cancels the request, or is gone. */
function signalOf({ mcpReq, http }) {
  return http?.req === undefined ? mcpReq.signal : AbortSignal.any([mcpReq.signal, http.req.signal]);
}

function registerTool(server, market, { name, title, description, input, output, run }) {
  const config = {
    title,
    description,
    inputSchema: z.object(input),
    outputSchema: z.object(output),
    annotations: {
      title,
      readOnlyHint: true,
      destructiveHint: false,
      idempotentHint: true,
      openWorldHint: false,
    },
  };
  server.registerTool(name, config, async (args, context) => {
    try {
      return await run(args, { market, signal: signalOf(context), progress: progressOf(context) });
    } catch (error) {
      const failure = Unanswerable.from(error);
      if (failure === null) throw error;
      const structuredContent = { ...failure.facts, error: failure.message };
      return { content: [{ type: "text", text: failure.message }], structuredContent, isError: true };
    }
  });
}

/** market.symbol() for a resource, whose absence is an error of the protocol. */
function symbolOf(market, uri) {
  try {
    return market.symbol(askedBy(uri));
  } catch (error) {
    const failure = Unanswerable.from(error);
    if (failure === null) throw error;
    throw new ResourceNotFoundError(uri, failure.message);
  }
}

function registerResources(server, market) {
  const template = new ResourceTemplate(`${SCHEME}{symbol}`, {
    list: () => ({
      resources: market
        .symbols()
        .map((symbol) => ({ uri: uriOf(symbol), name: symbol, mimeType: "application/json" })),
    }),
    complete: { symbol: (value) => search(value, market.symbols()).slice(0, MOST_COMPLETIONS) },
  });
  const config = {
    title: "Price of a symbol",
    description:
      "The latest price and whether it is live, as a sentence and as JSON. Subscribe to be told when it changes.",
    mimeType: "application/json",
  };
  server.registerResource("ticker", template, config, (uri) => {
    const ticker = market.ticker(symbolOf(market, uri.href));
    return {
      contents: [
        { uri: uri.href, mimeType: "text/plain", text: ofPrice(ticker) },
        { uri: uri.href, mimeType: "application/json", text: JSON.stringify(ticker) },
      ],
    };
  });
}

/** Subscriptions of a client of the protocol of 2025, which names each resource. */
function registerSubscriptions(server, market, updates) {
  const uris = new Map(); // the client's spelling of each URI, and its symbol
  let unsubscribe = null;
  server.server.setRequestHandler("resources/subscribe", ({ params: { uri } }) => {
    uris.set(uri, symbolOf(market, uri));
    unsubscribe ??= updates.subscribe((changed) => {
      for (const [each, symbol] of uris) {
        if (changed.has(symbol)) server.server.sendResourceUpdated({ uri: each }).catch(() => {});
      }
    });
    return {};
  });
  server.server.setRequestHandler("resources/unsubscribe", ({ params: { uri } }) => {
    uris.delete(uri);
    if (uris.size === 0) end();
    return {};
  });
  function end() {
    unsubscribe?.();
    unsubscribe = null;
  }
  server.server.onclose = end;
}

export function createServer({ market, updates }, { era }) {
  const server = new McpServer(
    { name: "tickcache", title: "tickcache", version: tickcache.version },
    { instructions: INSTRUCTIONS, capabilities: { resources: { subscribe: true } } },
  );
  for (const tool of TOOLS) registerTool(server, market, tool);
  registerResources(server, market);
  if (era === "legacy") registerSubscriptions(server, market, updates);
  return server;
}
