// Claude Code through its agent SDK. Each turn of the user is a query of its own, and a process; later ones resume
// the session. Built-in tools are off, so that those of the job are all there are. Everything that Claude Code keeps
// lies in a folder of its own, which goes when the driver does.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSdkMcpServer, query, tool } from '@anthropic-ai/claude-agent-sdk';
import { z } from 'zod';
import { serve, Unsupported } from '../serving.mjs';

const MOST_TURNS = 4;
const PREFIX = 'mcp__job__';
const CANNOT = {
  force: 'Claude Code cannot be made to call a tool.',
  stop: 'Claude Code takes no stop sequences.',
  picture: 'Claude Code adds the path of its copy of a picture to the prompt, which differs from session to session.',
};

const home = mkdtempSync(join(tmpdir(), 'claude-code-'));
process.on('exit', () => rmSync(home, { recursive: true, force: true, maxRetries: 3 }));
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit());

await serve(does, (error) => error.name);

async function does({ base_url, key, model, job }, seen) {
  if (job.route === 'count_tokens') throw new Unsupported('Claude Code hands no count of tokens to its user.');
  if (job.route === 'models') throw new Unsupported('Claude Code does not list the models of an endpoint.');
  for (const [what, why] of Object.entries(CANNOT)) if (job[what]) throw new Unsupported(why);

  const options = optionsOf(job, model, environment(base_url, key, model, job));
  seen.turns = [];
  for (const prompt of job.turns) {
    options.resume = await listen(query({ prompt, options }), job, seen);
  }
}

/** Follows one query to its end, and tells the id of its session. */
async function listen(messages, { stream }, seen) {
  let session, status, turn;
  try {
    for await (const message of messages) {
      session = message.session_id ?? session;
      if (message.type === 'stream_event') {
        if (message.event.type === 'message_start') turn = opened(message.event.message?.id, stream, turn, seen.turns);
        if (stream && turn && message.event.delta?.type === 'text_delta') turn.seen.pieces += 1;
      } else if (message.type === 'assistant' && !message.error) {
        // An answer that was not streamed has no start.
        if (turn?.id !== message.message.id) turn = opened(message.message.id, false, turn, seen.turns);
        turn.heard = true;
        for (const block of message.message.content) note(block, turn.seen);
      } else if (message.type === 'result') {
        status = message.api_error_status;
        finish(message, seen);
        if (message.subtype === 'error_max_turns') break;
      }
    }
  } catch (error) {
    throw Object.assign(error, { status });
  }
  return session;
}

function opened(id, stream, before, turns) {
  if (before && !before.heard && !before.seen.pieces) turns.pop(); // Given up before anybody heard of it.
  const seen = { text: '', ...(stream && { pieces: 0 }) };
  turns.push(seen);
  return { id, seen };
}

function note({ type, text, thinking, signature, name, input, id }, seen) {
  if (type === 'text') seen.text += text;
  if (type === 'thinking') {
    seen.thinking = (seen.thinking ?? '') + thinking;
    seen.signed = (seen.signed ?? true) && Boolean(signature);
  }
  // Its tool for structured output is none of the job's.
  if (type === 'tool_use' && name !== 'StructuredOutput') {
    const call = { name: name?.replace(PREFIX, ''), arguments: input, id: Boolean(id) };
    seen.calls = [...(seen.calls ?? []), call];
  }
}

/** The last answer gets the stop reason, and the counts of all answers of the query together. */
function finish({ stop_reason, usage, structured_output }, seen) {
  const counts = { input: usage.input_tokens, output: usage.output_tokens };
  if (seen.turns.length) Object.assign(seen.turns.at(-1), { stop: stop_reason, usage: counts });
  if (structured_output !== undefined) seen.object = structured_output;
}

function optionsOf({ system, tools, results, thinking, schema }, model, env) {
  return {
    cwd: home,
    env,
    model,
    tools: [],
    includePartialMessages: true, // They alone tell where an answer begins.
    ...(system && { systemPrompt: system }),
    ...(tools && {
      mcpServers: { job: createSdkMcpServer({ name: 'job', tools: tools.map((one) => toolOf(one, results)) }) },
      allowedTools: tools.map(({ name }) => PREFIX + name),
      maxTurns: results ? MOST_TURNS : 1,
    }),
    ...(thinking && { thinking: { type: 'enabled', budgetTokens: thinking } }),
    ...(schema && { outputFormat: { type: 'json_schema', schema } }),
  };
}

function toolOf({ name, description, input_schema }, results = {}) {
  const text = results[name] ?? '';
  const result = async () => ({ content: [{ type: 'text', text }] });
  return tool(name, description, z.fromJSONSchema(input_schema).shape, result);
}

function environment(baseUrl, key, model, { max_tokens }) {
  return {
    PATH: process.env.PATH,
    HOME: home,
    CLAUDE_CODE_TMPDIR: home,
    CLAUDE_CONFIG_DIR: join(home, '.claude'),
    ANTHROPIC_BASE_URL: baseUrl,
    ANTHROPIC_API_KEY: key,
    ANTHROPIC_MODEL: model,
    ANTHROPIC_DEFAULT_HAIKU_MODEL: model,
    CLAUDE_CODE_MAX_OUTPUT_TOKENS: String(max_tokens),
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    DISABLE_TELEMETRY: '1',
  };
}
