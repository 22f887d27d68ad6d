// The loop over tools is the client's own: tools have an `execute`, and it goes on until an answer has no call.

import { createAnthropic } from '@ai-sdk/anthropic';
import { generateText, isStepCount, jsonSchema, Output, streamText, tool } from 'ai';
import { serve, Unsupported } from '../serving.mjs';

const MOST_TURNS = 4;

await serve(does, (error) => error.name);

async function does({ base_url, key, model, job }, seen) {
  if (job.route === 'count_tokens') throw new Unsupported('The AI SDK has no call that counts tokens.');
  if (job.route === 'models') throw new Unsupported('The AI SDK has no call that lists models.');

  const anthropic = createAnthropic({ apiKey: key, baseURL: `${base_url}/v1` });
  seen.turns = [];
  const messages = [];
  for (const [number, said] of job.turns.entries()) {
    messages.push(number ? { role: 'user', content: said } : firstOf(job));
    const request = { model: anthropic(model), ...settingsOf(job), messages };
    const result = await (job.stream ? streamed : whole)(request, seen.turns);
    if (job.schema) seen.object = await result.output;
    messages.push(...(await result.responseMessages));
  }
}

async function whole(request, turns) {
  return generateText({ ...request, onStepEnd: (step) => turns.push(told(step)) });
}

async function streamed(request, turns) {
  const first = turns.length;
  const onStepEnd = (step) => Object.assign(turns[first + step.stepNumber], told(step));
  const result = streamText({ ...request, onStepEnd });
  for await (const part of result.stream) {
    if (part.type === 'error') throw part.error;
    if (part.type === 'start-step') turns.push({ text: '', pieces: 0 });
    if (part.type === 'text-delta') {
      turns.at(-1).text += part.text;
      turns.at(-1).pieces += 1;
    }
  }
  return result;
}

function settingsOf({ system, tools, force, results, thinking, schema, max_tokens, stop }) {
  return {
    maxOutputTokens: max_tokens,
    ...(system && { instructions: system.map((content) => ({ role: 'system', content })) }),
    ...(tools && { tools: Object.fromEntries(tools.map((one) => [one.name, toolOf(one, results)])) }),
    ...(force && { toolChoice: { type: 'tool', toolName: force } }),
    ...(results && { stopWhen: isStepCount(MOST_TURNS) }),
    ...(thinking && { providerOptions: { anthropic: { thinking: { type: 'enabled', budgetTokens: thinking } } } }),
    ...(schema && { output: Output.object({ schema: jsonSchema(schema) }) }),
    ...(stop && { stopSequences: stop }),
  };
}

function toolOf({ name, description, input_schema }, results) {
  const execute = results && (async () => results[name]);
  return tool({ description, inputSchema: jsonSchema(input_schema), execute });
}

function firstOf({ turns: [said], picture_png }) {
  if (!picture_png) return { role: 'user', content: said };
  const picture = { type: 'file', mediaType: 'image', data: picture_png };
  return { role: 'user', content: [{ type: 'text', text: said }, picture] };
}

function told({ text, reasoning, toolCalls, finishReason, rawFinishReason, usage }) {
  return {
    text,
    ...(reasoning.length && {
      thinking: reasoning.map((part) => part.text).join(''),
      signed: reasoning.every(({ providerOptions }) => Boolean(providerOptions?.anthropic?.signature)),
    }),
    ...(toolCalls.length && {
      calls: toolCalls.map(({ toolName, input, toolCallId }) => ({
        name: toolName,
        arguments: input,
        id: Boolean(toolCallId),
      })),
    }),
    stop: rawFinishReason ?? finishReason,
    usage: { input: usage.inputTokens, output: usage.outputTokens },
  };
}
