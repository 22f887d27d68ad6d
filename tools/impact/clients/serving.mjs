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

// What every driver knows of a job; whatever else it knows, it says where it serves.
const KNOWN = [
  ...['route', 'stream', 'system', 'turns', 'picture', 'picture_png', 'tools', 'force', 'results', 'thinking', 'schema'],
  ...['max_tokens', 'stop'],
];

/** What a job has that not every driver knows: keys, and some forms of others. */
function* beyond(job) {
  yield* Object.keys(job).filter((key) => !KNOWN.includes(key));
  if (!Number.isInteger(job.thinking ?? 0)) yield 'thinking of another kind';
  const plain = ['name', 'description', 'input_schema'];
  if (job.tools?.some((tool) => Object.keys(tool).some((key) => !plain.includes(key)))) yield 'tools of another kind';
  if (job.schema && job.stream) yield 'a streamed schema';
  const more = Object.keys(job).filter((key) => !['route', 'turns', 'tools'].includes(key));
  if (job.route === 'count_tokens' && more.length) yield 'a count of more';
}

/**
 * Serves until standard input closes.
 *
 * `does(task, seen)` does one job. It fills `seen` as it goes, so that what was seen before an exception is told too.
 * `kindOf(error)` is the name by which users of the client know an exception. `also(word)` says whether the driver
 * knows what a job has beside what every driver knows, in the words of `beyond`.
 */
export async function serve(does, kindOf = (error) => error.constructor.name, also = () => false) {
  for await (const line of createInterface({ input: process.stdin })) {
    const task = JSON.parse(line);
    const told = await outcome(does, task, kindOf, also);
    process.stdout.write(`${JSON.stringify({ id: task.id, ...told })}\n`);
  }
  process.exit();
}

async function outcome(does, task, kindOf, also) {
  if (![...beyond(task.job)].every(also)) return { unsupported: 'its driver was not taught to' };
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
