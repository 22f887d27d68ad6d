// Streams are read with messages.stream(), which puts the message together; the loop over tools is the user's own.

import Anthropic from '@anthropic-ai/sdk';
import { jsonSchemaOutputFormat } from '@anthropic-ai/sdk/helpers/json-schema';
import { serve } from '../serving.mjs';
import { historyOf, requestOf, resultsOf, said } from './asking.mjs';
import { note } from './telling.mjs';

const MOST_TURNS = 4;

// What the SDK takes in its beta namespace alone.
const BETA = ['betas', 'mcp', 'keep_results'];

const kindOf = (error) => (error instanceof Anthropic.AnthropicError ? 'Anthropic.' : '') + error.constructor.name;

await serve(does, kindOf, () => true);

async function does({ base_url, key, model, job }, seen) {
  const client = new Anthropic({ apiKey: key, baseURL: base_url });
  if (job.page) {
    await pageThrough(client, model, job.page, seen);
  } else if (job.route === 'models') {
    seen.models = [];
    for await (const { id } of client.models.list()) seen.models.push(id);
  } else if (job.route === 'count_tokens') {
    const { max_tokens, ...request } = requestOf(job, model, 0);
    seen.count = (await client.messages.countTokens({ ...request, messages: said([], job, 0) })).input_tokens;
  } else {
    const { messages } = BETA.some((key) => key in job) ? client.beta : client;
    await converse(messages, model, job, seen);
  }
}

/** Two pages, and what is told of the model that the job is for. */
async function pageThrough({ models }, model, limit, seen) {
  const page = await models.list({ limit });
  seen.models = page.data.map(({ id }) => id);
  if (page.hasNextPage()) seen.models.push(...(await page.getNextPage()).data.map(({ id }) => id));
  seen.looked_up = (await models.retrieve(model)).id;
}

async function converse(client, model, job, seen) {
  seen.turns = [];
  let messages = historyOf(job);
  for (const number of job.turns.keys()) {
    messages = said(messages, job, number);
    let results;
    do {
      const begun = job.prefill ? [{ role: 'assistant', content: job.prefill }] : [];
      const request = { ...shapedBy(job.schema), ...requestOf(job, model, number), messages: [...messages, ...begun] };
      const message = await (job.stream ? streamed : whole)(client, request, seen.turns, number === 0 && job.hang_up);
      if (!message) {
        messages.push({ role: 'assistant', content: seen.turns.at(-1).text });
        break;
      }
      note(message, seen.turns.at(-1), job);
      if (job.schema) seen.object = message.parsed_output;
      messages.push({ role: 'assistant', content: message.content });
      results = job.results && resultsOf(message, job.results);
      if (results) messages.push({ role: 'user', content: results });
    } while (results && seen.turns.length < MOST_TURNS);
  }
}

function shapedBy(schema) {
  return schema && { output_config: { format: jsonSchemaOutputFormat(schema) } };
}

async function whole(client, request, turns) {
  const message = await (request.output_config ? client.parse(request) : client.create(request));
  turns.push({});
  return message ?? {}; // The SDK hands over nothing for an answer without a body.
}

/** The whole message; nothing for a stream that is left after so many pieces. */
async function streamed(client, request, turns, leave) {
  const turn = { text: '', pieces: 0 };
  turns.push(turn);
  const stream = client.stream(request).on('text', (piece) => {
    if (turn.pieces === leave) return;
    turn.text += piece;
    turn.pieces += 1;
    if (turn.pieces === leave) stream.abort();
  });
  try {
    return await stream.finalMessage();
  } catch (error) {
    if (turn.pieces === leave && error instanceof Anthropic.APIUserAbortError) return undefined;
    throw error;
  }
}
