// The loop over tools is the user's own: the model is bound to them, and each call is handed to its tool.

import { ChatAnthropic } from '@langchain/anthropic';
import { HumanMessage, SystemMessage } from '@langchain/core/messages';
import { tool } from '@langchain/core/tools';
import { concat } from '@langchain/core/utils/stream';
import { serve, Unsupported } from '../serving.mjs';

const MOST_TURNS = 4;

await serve(does);

async function does({ base_url, key, model, job }, seen) {
  if (job.route === 'count_tokens') throw new Unsupported('LangChain does not ask the API to count tokens.');
  if (job.route === 'models') throw new Unsupported('LangChain does not list models.');

  const chat = new ChatAnthropic({ model, apiKey: key, anthropicApiUrl: base_url, ...settingsOf(job) });
  if (job.schema) {
    seen.object = await chat.withStructuredOutput(job.schema).invoke(openingOf(job));
  } else {
    seen.turns = [];
    await converse(chat, job, seen.turns);
  }
}

async function converse(chat, job, turns) {
  const tools = toolsOf(job);
  const bound = tools.length ? chat.bindTools(tools, job.force && { tool_choice: job.force }) : chat;
  const messages = openingOf(job);
  for (const [number, said] of job.turns.entries()) {
    if (number) messages.push(new HumanMessage(said));
    let results;
    do {
      const message = await (job.stream ? streamed : whole)(bound, messages, turns);
      if (message === undefined) return; // A stream without a chunk makes no message.
      Object.assign(turns.at(-1), told(message));
      results = job.results ? await resultsOf(message, tools) : [];
      messages.push(message, ...results);
    } while (results.length && turns.length < MOST_TURNS);
  }
}

async function whole(chat, messages, turns) {
  const message = await chat.invoke(messages);
  turns.push({});
  return message;
}

async function streamed(chat, messages, turns) {
  const turn = { text: '', pieces: 0 };
  turns.push(turn);
  let message;
  for await (const chunk of await chat.stream(messages)) {
    message = message === undefined ? chunk : concat(message, chunk);
    turn.text += chunk.text;
    if (chunk.text) turn.pieces += 1;
  }
  return message;
}

function settingsOf({ thinking, max_tokens, stop }) {
  return {
    maxTokens: max_tokens,
    ...(thinking && { thinking: { type: 'enabled', budget_tokens: thinking } }),
    ...(stop && { stopSequences: stop }),
  };
}

function openingOf({ system, turns: [said], picture_png }) {
  const text = { type: 'text', text: said };
  const picture = { type: 'image_url', image_url: { url: `data:image/png;base64,${picture_png}` } };
  const first = new HumanMessage(picture_png ? { content: [text, picture] } : said);
  return system ? [new SystemMessage({ content: system.map((text) => ({ type: 'text', text })) }), first] : [first];
}

function toolsOf({ tools = [], results = {} }) {
  return tools.map(({ name, description, input_schema }) =>
    tool(async () => results[name], { name, description, schema: input_schema }),
  );
}

function resultsOf({ tool_calls }, tools) {
  return Promise.all(tool_calls.map((call) => tools.find(({ name }) => name === call.name).invoke(call)));
}

function told({ text, content, tool_calls, response_metadata, additional_kwargs, usage_metadata }) {
  const thoughts = Array.isArray(content) ? content.filter(({ type }) => type === 'thinking') : [];
  return {
    text,
    ...(thoughts.length && {
      thinking: thoughts.map(({ thinking }) => thinking).join(''),
      signed: thoughts.every(({ signature }) => Boolean(signature)),
    }),
    ...(tool_calls.length && {
      calls: tool_calls.map(({ name, args, id }) => ({ name, arguments: args, id: Boolean(id) })),
    }),
    stop: response_metadata.stop_reason ?? additional_kwargs.stop_reason,
    usage: { input: usage_metadata?.input_tokens, output: usage_metadata?.output_tokens },
  };
}
