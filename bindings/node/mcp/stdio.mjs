// One client over stdin and stdout, of either protocol era.
import { serveStdio, StdioServerTransport } from "@modelcontextprotocol/server/stdio";

import { createServer, uriOf } from "./server.mjs";

export function serve(shared, onerror) {
  const listened = new Set();
  let modern = null;
  let unsubscribe = null;
  const transport = new StdioServerTransport();
  const factory = (context) => {
    const server = createServer(shared, context);
    if (context.era === "modern") modern = server.server;
    return server;
  };
  const handle = serveStdio(factory, { transport, onerror });

  // The SDK keeps the subscriptions of the protocol of 2026, passes on what they ask for, and tells nobody
  // which they are.
  const deliver = transport.onmessage;
  transport.onmessage = (message, extra) => {
    if (message.method === "subscriptions/listen") {
      for (const uri of message.params?.notifications?.resourceSubscriptions ?? []) listened.add(uri);
      unsubscribe ??= shared.updates.subscribe((changed) => {
        for (const symbol of changed) {
          const uri = uriOf(symbol);
          if (listened.has(uri)) modern?.sendResourceUpdated({ uri }).catch(() => {});
        }
      });
    }
    deliver(message, extra);
  };
  const closed = transport.onclose;
  transport.onclose = () => {
    unsubscribe?.();
    closed?.();
  };
  return handle;
}
