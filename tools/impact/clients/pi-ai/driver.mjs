// pi-ai streams every request, and a failure is no exception: it is the last event, and the message that comes of it.

import { complete, stream } from '@mariozechner/pi-ai';
import { serve, Unsupported } from '../serving.mjs';

const MOST_TURNS = 4;
const STOPS = { stop: 'end_turn', length: 'max_tokens', toolUse: 'tool_use' };
const CANNOT = {
  schema: 'pi-ai has no means for structured output.',
  stop: 'pi-ai takes no stop sequences.',
};

class Failed extends Error {}

await serve(does, (error) => (error instanceof Failed ? 'stopReason error' : error.name));

async function does({ base_url, key, model, job }, seen) {
  if (job.route === 'count_tokens') throw new Unsupported('pi-ai has no call that counts tokens.');
  if (job.route === 'models') throw new Unsupported('pi-ai does not ask an endpoint for its models.');
  for (const [what, why] of Object.entries(CANNOT)) if (job[what]) throw new Unsupported(why);

  seen.turns = [];
  const [context, own, options] = [contextOf(job), modelOf(model, base_url, job), optionsOf(job, key)];
  for (const [number, said] of job.turns.entries()) {
    context.messages.push(number ? { role: 'user', content: said } : firstOf(job));
    let results;
    do {
      const message = await (job.stream ? streamed : complete)(own, context, options, seen.turns);
      take(message, job, seen.turns);
      results = job.results ? resultsOf(message, job.results) : [];
      context.messages.push(message, ...results);
    } while (results.length && seen.turns.length < MOST_TURNS);
  }
}

async function streamed(model, context, options, turns) {
  const turn = { text: '', pieces: 0 };
  turns.push(turn);
  const events = stream(model, context, options);
  for await (const event of events) {
    if (event.type !== 'text_delta') continue;
    turn.text += event.delta;
    turn.pieces += 1;
  }
  return events.result();
}

function take(message, { stream: isStreamed }, turns) {
  if (message.stopReason === 'error') throw new Failed(message.errorMessage);
  if (!isStreamed) turns.push({});
  Object.assign(turns.at(-1), told(message));
}

function modelOf(id, baseUrl, { thinking, max_tokens }) {
  return {
    id,
    name: id,
    api: 'anthropic-messages',
    provider: 'custom',
    baseUrl,
    reasoning: Boolean(thinking),
    input: ['text', 'image'],
    cost: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 },
    contextWindow: 200000,
    maxTokens: max_tokens,
  };
}

function contextOf({ system, tools }) {
  return {
    messages: [],
    ...(system && { systemPrompt: system.join('\n\n') }),
    ...(tools && { tools: tools.map(({ input_schema, ...tool }) => ({ ...tool, parameters: input_schema })) }),
  };
}

function optionsOf({ force, thinking, max_tokens }, apiKey) {
  return {
    apiKey,
    maxTokens: max_tokens,
    ...(force && { toolChoice: { type: 'tool', name: force } }),
    ...(thinking && { thinkingEnabled: true, thinkingBudgetTokens: thinking }),
  };
}

function firstOf({ turns: [said], picture_png }) {
  if (!picture_png) return { role: 'user', content: said };
  const picture = { type: 'image', data: picture_png, mimeType: 'image/png' };
  return { role: 'user', content: [{ type: 'text', text: said }, picture] };
}

function resultsOf({ content }, texts) {
  return content
    .filter(({ type }) => type === 'toolCall')
    .map(({ id, name }) => ({
      role: 'toolResult',
      toolCallId: id,
      toolName: name,
      content: [{ type: 'text', text: texts[name] }],
      isError: false,
      timestamp: Date.now(),
    }));
}

function told({ content, stopReason, usage }) {
  const of = (kind) => content.filter(({ type }) => type === kind);
  const thoughts = of('thinking');
  const calls = of('toolCall');
  return {
    text: of('text').map(({ text }) => text).join(''),
    ...(thoughts.length && {
      thinking: thoughts.map(({ thinking }) => thinking).join(''),
      signed: thoughts.every(({ thinkingSignature }) => Boolean(thinkingSignature)),
    }),
    ...(calls.length && { calls: calls.map(toldCall) }),
    stop: STOPS[stopReason] ?? stopReason,
    usage: { input: usage.input, output: usage.output },
  };
}

function toldCall({ name, arguments: given, id }) {
  return { name, arguments: given, id: Boolean(id) };
}
