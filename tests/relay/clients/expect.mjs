// What the programs here have in common: `node PROGRAM.mjs PORT API_KEY`. They end with 0 if
// everything came as it should, and say on standard output what did.
import process from 'node:process';

export const port = process.argv[2];
export const key = process.argv[3] ?? '';
export const base = `http://127.0.0.1:${port}`;
export const socket = `ws://127.0.0.1:${port}/ws/v1`;

export function expect(holds, what) {
  if (holds) return;
  console.error(`not so: ${what}`);
  process.exit(1);
}

// A program whose messages do not come must end too.
setTimeout(() => expect(false, 'everything came within 30 s'), 30_000).unref();
