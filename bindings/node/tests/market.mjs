// A market for a test: tickcache-sim, tickcached and a segment, cleaned up in any case.
import { spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

import { Cache } from "tickcache";

export const PATIENCE = 30_000; // a test that passes never waits that long
export const KEY = "ak_test_node_0123456789";

let number = 0;

/** What look() returns as soon as it is true. */
export async function eventually(look, what = "it") {
  const deadline = performance.now() + PATIENCE;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (performance.now() > deadline) throw new Error(`${what} does not come about`);
    await sleep(5);
  }
}

/** A process whose output is kept; killed when the market closes. */
class Program {
  out = "";
  err = "";

  constructor(command, environment) {
    const clean = Object.entries(process.env).filter(([name]) => !/^(TICKCACHE_|AGENTEXCHANGE_|NODE_TEST)/.test(name));
    // It ends with this process even if that crashes.
    this.process = spawn("setpriv", ["--pdeathsig", "KILL", ...command], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...Object.fromEntries(clean), ...environment },
      detached: true, // a group of its own, so that its children end with it
    });
    this.process.stdout.on("data", (bytes) => (this.out += bytes));
    this.process.stderr.on("data", (bytes) => (this.err += bytes));
    this.ended = once(this.process, "close");
  }

  /** Its exit code, or the signal that ended it. */
  async wait() {
    const deadline = AbortSignal.timeout(PATIENCE);
    const late = new Promise((_, reject) =>
      deadline.addEventListener("abort", () => reject(new Error(`it does not end: ${this.err}`))),
    );
    const [code, signal] = await Promise.race([this.ended, late]);
    return code ?? signal;
  }

  async end(signal = "SIGTERM") {
    this.process.kill(signal);
    return this.wait();
  }

  close() {
    try {
      process.kill(-this.process.pid, "SIGKILL");
    } catch {
      // it has ended
    }
  }
}

export class Market {
  segment = `tickcache-test-${process.pid}-js${number++}`;
  #programs = [];
  #caches = [];
  #scripts = [];
  #close = () => this.close();

  /** Closes with the test `t`, if it is given. */
  constructor(t) {
    process.on("exit", this.#close);
    t?.after(this.#close);
  }

  run(command, environment = {}) {
    const program = new Program(command, { TICKCACHE_SEGMENT: this.segment, ...environment });
    this.#programs.push(program);
    return program;
  }

  node(...args) {
    return this.run([process.execPath, ...args]);
  }

  /** Runs the text of a module, which has a Cache of the market as `cache`. */
  script(text, ...options) {
    const file = new URL(`./script-${process.pid}-${number++}.mjs`, import.meta.url);
    fs.writeFileSync(file, `import { Cache } from "tickcache";\nconst cache = new Cache();\n${text}`);
    this.#scripts.push(file);
    return this.node(...options, file.pathname);
  }

  async sim(...options) {
    const program = this.run([process.env.TICKCACHE_SIM, "--summary-json", ...options]);
    await eventually(() => program.out.startsWith("listening on ") && program.out.includes("\n"), "the simulator");
    program.url = program.out.split("\n")[0].slice("listening on ".length);
    return program;
  }

  daemon(sim, ...options) {
    return this.run([process.env.TICKCACHED, "--config", "/dev/null", "--url", sim.url, ...options], {
      AGENTEXCHANGE_API_KEY: KEY,
    });
  }

  cache() {
    const cache = new Cache({ segment: this.segment });
    this.#caches.push(cache);
    return cache;
  }

  /** What `tickcache … --json` prints. */
  async cli(...args) {
    const program = this.run([process.env.TICKCACHE_CLI, ...args, "--json"]);
    await program.wait();
    return program.out.trim().split("\n").map((line) => JSON.parse(line));
  }

  close() {
    process.off("exit", this.#close);
    this.#caches.forEach((cache) => cache.close());
    this.#programs.forEach((program) => program.close());
    this.#scripts.forEach((file) => fs.rmSync(file, { force: true }));
    for (const suffix of ["", ".lock", ".next"]) fs.rmSync(`/dev/shm/${this.segment}${suffix}`, { force: true });
  }

  /** A market that is open already, for tests that only look; `orders` a second. */
  static async busy({ orders = 20 } = {}) {
    const market = new Market();
    const sim = await market.sim(
      ...["--rate", "2000", "--orders-per-second", `${orders}`, "--portfolio-per-second", "5", "--candle-every", "0.1"],
    );
    market.daemon(sim, "--candles", "BTCUSDT:1m");
    const cache = market.cache();
    await eventually(() => cache.status().feed === "live" && cache.status().symbols === 620, "the feed");
    await eventually(() => cache.orders().length > 20 && cache.portfolio(), "the account");
    await eventually(() => cache.candles("BTCUSDT", "1m").length > 3, "the candles");
    return market;
  }

  /** A market whose ticks have ended, so that prices stay. */
  static async quiet() {
    const market = new Market();
    const sim = await market.sim("--rate", "5000", "--count", "5000");
    market.daemon(sim, "--silence-after", "0");
    const cache = market.cache();
    await eventually(() => cache.status().ticks === 5000, "5000 ticks");
    return market;
  }
}

/** Threads of this process. */
export function threads() {
  return fs.readdirSync("/proc/self/task").length;
}
