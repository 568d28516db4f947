#!/usr/bin/env node
// tickcache-mcp: the command line. Protocol goes to stdout, everything else to stderr.
import { parseArgs } from "node:util";

import tickcache from "../lib/index.js";

import * as http from "./http.mjs";
import { Market } from "./market.mjs";
import * as stdio from "./stdio.mjs";
import { Updates } from "./updates.mjs";

const HELP = `Usage: tickcache-mcp [--segment NAME] [--http [ADDRESS:]PORT]

Serves the prices, candles, orders and portfolio of this machine's tickcached to AI agents, by the Model
Context Protocol. Read only. An MCP client starts it and talks to it on stdin and stdout:

  claude mcp add tickcache -- tickcache-mcp

Options:
  --segment NAME         Read this segment. (default: tickcache; environment: TICKCACHE_SEGMENT)
  --http [ADDRESS:]PORT  Serve streamable HTTP instead, at http://ADDRESS:PORT/mcp. A loopback address
                         only (default: 127.0.0.1), and only for this user's programs; port 0: a free
                         one. The URL is printed to stderr.
  --help                 Explain the program and exit.
  --version              Print the version and exit.
`;

const LOOPBACK = { "": "127.0.0.1", "127.0.0.1": "127.0.0.1", localhost: "127.0.0.1", "[::1]": "::1" };

function say(message) {
  process.stderr.write(`tickcache-mcp: ${message}\n`);
}

function fail(message, code) {
  say(message);
  process.exit(code);
}

function wrong(message) {
  fail(`${message} (see tickcache-mcp --help)`, 2);
}

function options() {
  const known = {
    segment: { type: "string" },
    http: { type: "string" },
    help: { type: "boolean", short: "h" },
    version: { type: "boolean", short: "V" },
  };
  try {
    return parseArgs({ options: known }).values;
  } catch (error) {
    return wrong(error.message.split(". ")[0]);
  }
}

function address(text) {
  const [, host, digits] =
    /^(?:(.*):)?(\d+)$/.exec(text) ?? wrong(`--http wants [ADDRESS:]PORT, not "${text}"`);
  const port = Number(digits);
  if (port > 65535) wrong(`--http: there is no port ${digits}`);
  const loopback = LOOPBACK[host ?? ""];
  if (loopback === undefined)
    wrong(`--http: "${host}" is not a loopback address: 127.0.0.1, localhost or [::1]`);
  return { host: loopback, port };
}

const { segment, http: at, help, version } = options();
if (help || version) {
  process.stdout.write(help ? HELP : `tickcache-mcp ${tickcache.version}\n`);
  process.exit(0);
}
if (segment !== undefined && !/^[\w.-]+$/.test(segment))
  wrong(`--segment: "${segment}" is no name of a segment`);

const market = new Market(segment);
const shared = { market, updates: new Updates(market) };
const onerror = (error) => say(error.message);
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(0));

if (at === undefined) {
  stdio.serve(shared, onerror);
  if (process.stdin.isTTY) say("waiting for an MCP client on stdin; Ctrl-D ends it");
} else {
  const url = await http
    .serve(shared, address(at), onerror)
    .catch((error) => fail(`cannot listen on ${at}: ${error.message}`, 1));
  say(`listening on ${url}`);
}
