// The loop over tools is the client's own: tools have an `execute`, and it goes on until an answer has no call.

import { createAnthropic } from '@ai-sdk/anthropic';
import { generateText, isStepCount, jsonSchema, Output, streamText, tool } from 'ai';
import { serve, Unsupported } from '../serving.mjs';

const MOST_TURNS = 4;

const ALSO = [
  ...['before', 'documents', 'cite', 'cache', 'search', 'mcp', 'betas', 'keep_results', 'hide_thinking', 'no_calls'],
  ...['temperature', 'service_tier', 'user', 'prefill', 'hang_up', 'picture_type', 'page'],
  ...['thinking of another kind', 'tools of another kind', 'a streamed schema', 'a count of more'],
];

await serve(does, (error) => error.name, (each) => ALSO.includes(each));

async function does({ base_url, key, model, job }, seen) {
  if (job.route === 'count_tokens') throw new Unsupported('The AI SDK has no call that counts tokens.');
  if (job.route === 'models') throw new Unsupported('The AI SDK has no call that lists models.');

  refuseWhatHasNoWord(job);

  const anthropic = createAnthropic({ apiKey: key, baseURL: `${base_url}/v1` });
  seen.turns = [];
  const messages = historyOf(job);
  for (const [number, said] of job.turns.entries()) {
    messages.push(number ? { role: 'user', content: said } : firstOf(job));
    const begun = job.prefill ? [{ role: 'assistant', content: job.prefill }] : [];
    const request = { model: anthropic(model), ...settingsOf(job, anthropic, number), messages: [...messages, ...begun] };
    const result = await (job.stream ? streamed : whole)(request, seen.turns, job, number === 0 && job.hang_up);
    if (!result) {
      messages.push({ role: 'assistant', content: seen.turns.at(-1).text });
      continue;
    }
    if (job.schema) seen.object = await result.output;
    messages.push(...(await result.responseMessages));
  }
}

function refuseWhatHasNoWord({ hide_thinking, betas, keep_results, before = [] }) {
  if (hide_thinking) throw new Unsupported('The AI SDK hides adaptive thinking alone.');
  if (keep_results && !betas) throw new Unsupported('The AI SDK names the beta of context management by itself.');
  if (before.some(({ results = [] }) => results.some(({ found }) => found))) {
    throw new Unsupported('The AI SDK has no search results for the results of tools.');
  }
}

async function whole(request, turns, job) {
  return generateText({ ...request, onStepEnd: (step) => turns.push(told(step, job)) });
}

/** The whole answer; nothing for a stream that is left after so many pieces. */
async function streamed(request, turns, job, leave) {
  const first = turns.length;
  const onStepEnd = (step) => Object.assign(turns[first + step.stepNumber], told(step, job));
  const leaving = new AbortController();
  const result = streamText({ ...request, abortSignal: leaving.signal, onStepEnd });
  for await (const part of result.stream) {
    if (part.type === 'error') throw part.error;
    if (part.type === 'start-step') turns.push({ text: '', pieces: 0 });
    if (part.type === 'text-delta') {
      turns.at(-1).text += part.text;
      turns.at(-1).pieces += 1;
    }
    if (leave && turns.at(-1)?.pieces === leave) {
      leaving.abort();
      return undefined;
    }
  }
  return result;
}

function settingsOf(job, anthropic, turn) {
  const { force, no_calls, results, schema, max_tokens, temperature, stop } = job;
  const tools = toolsOf(job, anthropic);
  return {
    maxOutputTokens: max_tokens,
    providerOptions: { anthropic: optionsOf(job, turn) },
    ...(temperature !== undefined && { temperature }),
    ...(job.system && { instructions: systemOf(job) }),
    ...(Object.keys(tools).length && { tools }),
    ...(force && { toolChoice: { type: 'tool', toolName: force } }),
    ...(no_calls && { toolChoice: 'none' }),
    ...(results && { stopWhen: isStepCount(MOST_TURNS) }),
    ...(schema && { output: Output.object({ schema: jsonSchema(schema) }) }),
    ...(stop && { stopSequences: stop }),
  };
}

function optionsOf({ thinking, betas, service_tier, user, mcp, keep_results }, turn) {
  const uses = { type: 'tool_uses', value: keep_results };
  const edits = [{ type: 'clear_tool_uses_20250919', trigger: uses, keep: uses }];
  const server = mcp && { type: 'url', name: mcp.name, url: mcp.url };
  return {
    ...(thinking !== undefined && { thinking: thinkingOf(Array.isArray(thinking) ? thinking[turn] : thinking) }),
    ...(betas && !mcp && { anthropicBeta: betas }),
    ...(service_tier && { serviceTier: service_tier }),
    ...(user && { metadata: { userId: user } }),
    ...(mcp && { mcpServers: [{ ...server, toolConfiguration: { enabled: true, allowedTools: mcp.tools } }] }),
    ...(keep_results !== undefined && { contextManagement: { edits } }),
  };
}

function thinkingOf(budget) {
  if (budget === 0) return { type: 'disabled' };
  return budget === 'adaptive' ? { type: 'adaptive' } : { type: 'enabled', budgetTokens: budget };
}

/** A message for each text; the last ones are marked for the cache. */
function systemOf({ system, cache = [] }) {
  const marks = [...Array(system.length - cache.length), ...cache];
  return system.map((content, at) => ({
    role: 'system',
    content,
    ...(marks[at] && { providerOptions: { anthropic: { cacheControl: { type: 'ephemeral', ttl: marks[at] } } } }),
  }));
}

function toolsOf({ tools = [], search, results }, { tools: own }) {
  const named = tools.map((one) => [one.name, one.type ? own[one.type]({}) : toolOf(one, results)]);
  if (search) named.push(['web_search', own.webSearch_20250305({ maxUses: search })]);
  return Object.fromEntries(named);
}

function toolOf({ name, description, input_schema, strict }, results) {
  const execute = results && (async () => results[name]);
  return tool({ description, inputSchema: jsonSchema(input_schema), execute, ...(strict && { strict }) });
}

/** The messages of a conversation that was held elsewhere. */
function historyOf({ before = [] }) {
  const names = new Map(before.flatMap(({ calls = [] }) => calls.map(({ id, name }) => [id, name])));
  return before.map(({ user, calls, results, thinking, signature, assistant }) => {
    if (user) return { role: 'user', content: user.map(textOf) };
    if (results) return { role: 'tool', content: results.map((result) => resultOf(result, names)) };
    if (calls) return { role: 'assistant', content: calls.map(callOf) };
    if (!thinking) return { role: 'assistant', content: assistant };
    const thought = { type: 'reasoning', text: thinking, providerOptions: { anthropic: { signature } } };
    return { role: 'assistant', content: [thought, textOf(assistant)] };
  });
}

function textOf(text) {
  return { type: 'text', text };
}

function callOf({ id, name, arguments: input }) {
  return { type: 'tool-call', toolCallId: id, toolName: name, input };
}

function resultOf({ id, text, picture_png }, names) {
  const picture = { type: 'file-data', data: picture_png, mediaType: 'image/png' };
  const output = picture_png ? { type: 'content', value: [picture] } : { type: 'text', value: text };
  return { type: 'tool-result', toolCallId: id, toolName: names.get(id), output };
}

function firstOf({ turns: [said], picture_png, picture_type = 'image', documents = [], cite }) {
  const files = documents.map((document) => documentOf(document, cite));
  if (picture_png) files.push({ type: 'file', mediaType: picture_type, data: picture_png });
  return { role: 'user', content: files.length ? [textOf(said), ...files] : said };
}

function documentOf({ title, text, pdf }, cite) {
  const options = { ...(title && { title }), ...(cite && { citations: { enabled: true } }) };
  const file = pdf
    ? { mediaType: 'application/pdf', data: pdf }
    : { mediaType: 'text/plain', data: Buffer.from(text).toString('base64') };
  return { type: 'file', ...file, providerOptions: { anthropic: options } };
}

function told(step, { cache }) {
  const { text, reasoning, finishReason, rawFinishReason, usage } = step;
  const calls = step.toolCalls.filter(({ providerExecuted }) => !providerExecuted);
  const [ran, cited, cleared] = [ranIn(step), citedIn(step), clearedIn(step)];
  return {
    text,
    ...(reasoning.length && {
      thinking: reasoning.map((part) => part.text).join(''),
      signed: reasoning.every(({ providerOptions }) => Boolean(providerOptions?.anthropic?.signature)),
    }),
    ...(calls.length && {
      calls: calls.map(({ toolName, input, toolCallId }) => ({
        name: toolName,
        arguments: input,
        id: Boolean(toolCallId),
      })),
    }),
    stop: rawFinishReason ?? finishReason,
    usage: {
      input: usage.inputTokens,
      output: usage.outputTokens,
      ...(cache && {
        cache_creation_input: usage.inputTokenDetails?.cacheWriteTokens,
        cache_read_input: usage.inputTokenDetails?.cacheReadTokens,
      }),
    },
    ...(ran.length && { ran }),
    ...(cited.length && { cited }),
    ...(cleared.length && { cleared }),
  };
}

/** The tools that the server ran, each with whether it has a result. */
function ranIn({ content }) {
  const answers = content.filter(({ type }) => type === 'tool-result' || type === 'tool-error');
  return content
    .filter(({ type, providerExecuted }) => type === 'tool-call' && providerExecuted)
    .map(({ toolCallId, toolName, input, providerMetadata }) => {
      const answer = answers.find((each) => each.toolCallId === toolCallId);
      const server = providerMetadata?.anthropic?.serverName;
      return { name: toolName, arguments: input, answered: Boolean(answer), how: answer?.type, server };
    });
}

/** What is cited, and where it stands. */
function citedIn({ content }) {
  return content
    .filter(({ type }) => type === 'text')
    .flatMap(({ providerMetadata }) => providerMetadata?.anthropic?.citations ?? [])
    .map(({ cited_text, citedText, start_char_index, startCharIndex, url }) => ({
      text: cited_text ?? citedText,
      start_char_index: start_char_index ?? startCharIndex,
      url,
    }));
}

function clearedIn({ providerMetadata }) {
  const edits = providerMetadata?.anthropic?.contextManagement?.appliedEdits ?? [];
  return edits.map(({ clearedToolUses, clearedInputTokens }) => ({ uses: clearedToolUses, tokens: clearedInputTokens }));
}
