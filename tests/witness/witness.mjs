// Reads recorded answers, one JSON object a line, and says what the official SDK for TypeScript makes of each.
//
//   in   {"id", "kind": "messages" | "stream" | "error" | "messages/count_tokens" | "models" | "model", "beta",
//         "status", "headers": [[name, value]], "body": base64}
//   out  {"id", "read": value} or {"id", "error": {"name", "status", "type", "requestID", "message"}}

import { createInterface } from 'node:readline';
import Anthropic from '@anthropic-ai/sdk';

const ASK = { model: 'm', max_tokens: 1, messages: [{ role: 'user', content: 'Hello.' }] };

function client(answer) {
  const reply = () => new Response(Buffer.from(answer.body, 'base64'), { status: answer.status, headers: answer.headers });
  return new Anthropic({ apiKey: 'k', baseURL: 'http://reference.invalid', maxRetries: 0, fetch: async () => reply() });
}

async function everyEvent(messages) {
  const events = [];
  for await (const event of await messages.create({ ...ASK, stream: true })) events.push(event);
  return events;
}

async function read(answer) {
  const sdk = client(answer);
  const messages = answer.beta ? sdk.beta.messages : sdk.messages;
  switch (answer.kind) {
    case 'stream':
      // Two clients, because a body can be read once.
      return {
        events: await everyEvent(messages),
        message: await (answer.beta ? client(answer).beta.messages : client(answer).messages).stream(ASK).finalMessage(),
      };
    case 'messages/count_tokens':
      return messages.countTokens({ model: 'm', messages: ASK.messages });
    case 'models':
      return { data: (await sdk.models.list()).data };
    case 'model':
      return sdk.models.retrieve('m');
    default:
      return messages.create(ASK);
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const answer = JSON.parse(line);
  let told;
  try {
    told = { read: await read(answer) };
  } catch (error) {
    const { status, type, requestID, message } = error;
    told = { error: { name: error.constructor.name, status, type, requestID, message } };
  }
  console.log(JSON.stringify({ id: answer.id, ...told }));
}
