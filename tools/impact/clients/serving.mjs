// The loop of every driver in this folder: a job a line on standard input, what became of it a line on standard output.
// The form of both is in ../README.md.

import { createInterface } from 'node:readline';
import { setImmediate } from 'node:timers/promises';

/** Thrown by a driver whose client cannot do a job; the message says why. */
export class Unsupported extends Error {}

// Standard output belongs to the protocol, whatever a client wants to tell its user.
console.log = console.info = console.debug = console.error;

// What nobody catches would end a user's program. Here it ends the job that runs.
let onStray = () => {};
process.on('uncaughtException', (error) => onStray(error));

/**
 * Serves until standard input closes.
 *
 * `does(task, seen)` does one job. It fills `seen` as it goes, so that what was seen before an exception is told too.
 * `kindOf(error)` is the name by which users of the client know an exception.
 */
export async function serve(does, kindOf = (error) => error.constructor.name) {
  for await (const line of createInterface({ input: process.stdin })) {
    const task = JSON.parse(line);
    const told = await outcome(does, task, kindOf);
    process.stdout.write(`${JSON.stringify({ id: task.id, ...told })}\n`);
  }
  process.exit();
}

async function outcome(does, task, kindOf) {
  const seen = {};
  const stray = new Promise((_, reject) => (onStray = reject));
  try {
    await Promise.race([does(task, seen).then(() => setImmediate()), stray]);
    return { seen };
  } catch (error) {
    if (error instanceof Unsupported) return { unsupported: error.message };
    return { raised: raised(error, kindOf), seen };
  } finally {
    onStray = () => {};
  }
}

function raised(error, kindOf) {
  if (!(error instanceof Error)) return { type: typeof error, message: String(error).slice(0, 300) };
  const status = error.status ?? error.statusCode;
  return { type: kindOf(error), message: error.message.slice(0, 300), status };
}
