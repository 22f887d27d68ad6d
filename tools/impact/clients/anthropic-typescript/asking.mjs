// A job in the words of the SDK: what a request holds, and what was said before.

import { blocksOf } from './telling.mjs';

/** What a request holds beside its messages, for a turn of the user. */
export function requestOf(job, model, turn) {
  const { max_tokens, betas, service_tier, temperature, force, no_calls, stop, user, mcp, keep_results } = job;
  const tools = toolsOf(job);
  return {
    model,
    max_tokens,
    ...(betas && { betas }),
    ...(service_tier && { service_tier }),
    ...(temperature !== undefined && { temperature }),
    ...(job.system && { system: systemOf(job) }),
    ...(tools.length && { tools }),
    ...(force && { tool_choice: { type: 'tool', name: force } }),
    ...(no_calls && { tool_choice: { type: 'none' } }),
    ...(job.thinking !== undefined && { thinking: thinkingOf(job, turn) }),
    ...(stop && { stop_sequences: stop }),
    ...(user && { metadata: { user_id: user } }),
    ...(mcp && { mcp_servers: [{ type: 'url', name: mcp.name, url: mcp.url }] }),
    ...(keep_results !== undefined && { context_management: clearing(keep_results) }),
  };
}

function toolsOf({ tools = [], search, mcp }) {
  const own = search ? [{ type: 'web_search_20250305', name: 'web_search', max_uses: search }] : [];
  const configs = mcp && Object.fromEntries(mcp.tools.map((name) => [name, { enabled: true }]));
  const default_config = { enabled: false };
  const toolsets = mcp ? [{ type: 'mcp_toolset', mcp_server_name: mcp.name, default_config, configs }] : [];
  return [...tools, ...own, ...toolsets];
}

/** A block for each text; the last ones are marked for the cache. */
function systemOf({ system, cache = [] }) {
  const marks = [...Array(system.length - cache.length), ...cache];
  return system.map((text, at) => ({
    type: 'text',
    text,
    ...(marks[at] && { cache_control: { type: 'ephemeral', ttl: marks[at] } }),
  }));
}

function thinkingOf({ thinking, hide_thinking }, turn) {
  const budget = Array.isArray(thinking) ? thinking[turn] : thinking;
  const display = hide_thinking && { display: 'omitted' };
  if (budget === 0) return { type: 'disabled' };
  if (budget === 'adaptive') return { type: 'adaptive', ...display };
  return { type: 'enabled', budget_tokens: budget, ...display };
}

function clearing(kept) {
  const uses = { type: 'tool_uses', value: kept };
  return { edits: [{ type: 'clear_tool_uses_20250919', trigger: uses, keep: uses }] };
}

/** The turns of a conversation that was held elsewhere. */
export function historyOf({ before = [] }) {
  return before.map(({ user, calls, results, thinking, signature, assistant }) => {
    if (user) return { role: 'user', content: user.map(textOf) };
    if (results) return { role: 'user', content: results.map(resultOf) };
    if (calls) return { role: 'assistant', content: calls.map(callOf) };
    if (!thinking) return { role: 'assistant', content: assistant };
    return { role: 'assistant', content: [{ type: 'thinking', thinking, signature }, textOf(assistant)] };
  });
}

const textOf = (text) => ({ type: 'text', text });

const callOf = ({ id, name, arguments: input }) => ({ type: 'tool_use', id, name, input });

function resultOf({ id, text, picture_png, found, title, source }) {
  const given = (content) => ({ type: 'tool_result', tool_use_id: id, content });
  if (picture_png) return given([pictureOf(picture_png)]);
  if (found) return given([{ type: 'search_result', title, source, content: [textOf(found)] }]);
  return given(text);
}

/** The messages with what the user says next; after results of tools, in the same turn. */
export function said(messages, job, number) {
  const text = job.turns[number];
  const last = messages.at(-1)?.content;
  if (Array.isArray(last) && last.some(({ type }) => type === 'tool_result')) {
    return [...messages.slice(0, -1), { role: 'user', content: [...last, textOf(text)] }];
  }
  return [...messages, { role: 'user', content: number ? text : withFiles(text, job) }];
}

function withFiles(text, { picture_png, picture_type, documents = [], cite }) {
  const files = documents.map((document) => documentOf(document, cite));
  if (picture_png) files.push(pictureOf(picture_png, picture_type));
  return files.length ? [...files, textOf(text)] : text;
}

function pictureOf(data, media_type = 'image/png') {
  return { type: 'image', source: { type: 'base64', media_type, data } };
}

function documentOf({ title, text, pdf }, cite) {
  const source = pdf
    ? { type: 'base64', media_type: 'application/pdf', data: pdf }
    : { type: 'text', media_type: 'text/plain', data: text };
  return { type: 'document', source, ...(title && { title }), ...(cite && { citations: { enabled: true } }) };
}

/** The results of the calls in a message; none if there are no calls. */
export function resultsOf(message, texts) {
  const calls = blocksOf(message, 'tool_use');
  if (!calls.length) return null;
  return calls.map(({ id, name }) => ({ type: 'tool_result', tool_use_id: id, content: texts[name] }));
}
