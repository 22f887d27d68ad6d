// Streams are read with messages.stream(), which puts the message together; the loop over tools is the user's own.

import Anthropic from '@anthropic-ai/sdk';
import { jsonSchemaOutputFormat } from '@anthropic-ai/sdk/helpers/json-schema';
import { serve } from '../serving.mjs';

const MOST_TURNS = 4;

await serve(does, (error) => (error instanceof Anthropic.AnthropicError ? 'Anthropic.' : '') + error.constructor.name);

async function does({ base_url, key, model, job }, seen) {
  const client = new Anthropic({ apiKey: key, baseURL: base_url });
  if (job.route === 'models') {
    seen.models = [];
    for await (const { id } of client.models.list()) seen.models.push(id);
  } else if (job.route === 'count_tokens') {
    const { max_tokens, ...request } = requestOf(job, model);
    seen.count = (await client.messages.countTokens({ ...request, messages: [firstOf(job)] })).input_tokens;
  } else {
    await converse(client, requestOf(job, model), job, seen);
  }
}

async function converse(client, request, job, seen) {
  seen.turns = [];
  const messages = [];
  for (const [number, said] of job.turns.entries()) {
    messages.push(number ? { role: 'user', content: said } : firstOf(job));
    let results;
    do {
      const message = await (job.stream ? streamed : whole)(client, { ...request, messages }, seen.turns);
      note(message, seen.turns.at(-1));
      if (job.schema) seen.object = message.parsed_output;
      messages.push({ role: 'assistant', content: message.content });
      results = job.results && resultsOf(message, job.results);
      if (results) messages.push({ role: 'user', content: results });
    } while (results && seen.turns.length < MOST_TURNS);
  }
}

async function whole({ messages }, request, turns) {
  const message = await (request.output_config ? messages.parse(request) : messages.create(request));
  turns.push({});
  return message ?? {}; // The SDK hands over nothing for an answer without a body.
}

async function streamed({ messages }, request, turns) {
  const turn = { text: '', pieces: 0 };
  turns.push(turn);
  const stream = messages.stream(request).on('text', (piece) => {
    turn.text += piece;
    turn.pieces += 1;
  });
  return stream.finalMessage();
}

function requestOf({ system, tools, force, thinking, schema, max_tokens, stop }, model) {
  return {
    model,
    max_tokens,
    ...(system && { system: system.map((text) => ({ type: 'text', text })) }),
    ...(tools && { tools }),
    ...(force && { tool_choice: { type: 'tool', name: force } }),
    ...(thinking && { thinking: { type: 'enabled', budget_tokens: thinking } }),
    ...(schema && { output_config: { format: jsonSchemaOutputFormat(schema) } }),
    ...(stop && { stop_sequences: stop }),
  };
}

function firstOf({ turns: [said], picture_png }) {
  if (!picture_png) return { role: 'user', content: said };
  const source = { type: 'base64', media_type: 'image/png', data: picture_png };
  return { role: 'user', content: [{ type: 'image', source }, { type: 'text', text: said }] };
}

function resultsOf(message, texts) {
  const calls = blocksOf(message, 'tool_use');
  if (!calls.length) return null;
  return calls.map(({ id, name }) => ({ type: 'tool_result', tool_use_id: id, content: texts[name] }));
}

/** None where the SDK hands over a message without content, as it does of many a wrong answer. */
function blocksOf({ content }, kind) {
  return Array.isArray(content) ? content.filter((block) => block?.type === kind) : [];
}

/** A streamed turn has the text of its pieces already; that of the whole message is told where it is another. */
function note(message, turn) {
  const { text, ...rest } = told(message);
  Object.assign(turn, turn.pieces === undefined ? { text } : text !== turn.text && { whole: text }, rest);
}

function told(message) {
  const { content, stop_reason, usage } = message;
  const thoughts = blocksOf(message, 'thinking');
  const calls = blocksOf(message, 'tool_use');
  return {
    ...(Array.isArray(content) && { text: blocksOf(message, 'text').map(({ text }) => text).join('') }),
    ...(thoughts.length && {
      thinking: thoughts.map(({ thinking }) => thinking).join(''),
      signed: thoughts.every(({ signature }) => Boolean(signature)),
    }),
    ...(calls.length && { calls: calls.map(({ name, input, id }) => ({ name, arguments: input, id: Boolean(id) })) }),
    stop: stop_reason,
    usage: { input: usage?.input_tokens, output: usage?.output_tokens },
  };
}
