// Serves one response per line of standard input and prints the reading of the provider's real SDK: model, counts and error.
'use strict';

const http = require('node:http');
const readline = require('node:readline');
const { OpenAI } = require('openai');
const { Anthropic } = require('@anthropic-ai/sdk');

// The next response.
let answer;
const server = http.createServer((request, response) => {
  request.resume();
  response.writeHead(answer.status, { 'content-type': answer.contentType, 'x-should-retry': 'false' });
  response.end(Buffer.from(answer.body, 'base64'));
});

const quiet = { logLevel: 'off', maxRetries: 0, apiKey: 'unused' };
const messages = [{ role: 'user', content: 'hello' }];

// The names of the counts, by API.
const chat = (usage) => ({
  input: usage.prompt_tokens,
  output: usage.completion_tokens,
  cachedRead: usage.prompt_tokens_details?.cached_tokens,
  cachedWrite: usage.prompt_tokens_details?.cache_write_tokens,
  reasoning: usage.completion_tokens_details?.reasoning_tokens,
});
const responses = (usage) => ({
  input: usage.input_tokens,
  output: usage.output_tokens,
  cachedRead: usage.input_tokens_details?.cached_tokens,
  cachedWrite: usage.input_tokens_details?.cache_write_tokens,
  reasoning: usage.output_tokens_details?.reasoning_tokens,
});
const anthropic = (usage) => ({
  input: usage.input_tokens,
  output: usage.output_tokens,
  cachedRead: usage.cache_read_input_tokens,
  cachedWrite: usage.cache_creation_input_tokens,
  reasoning: usage.output_tokens_details?.thinking_tokens,
});

async function openaiChat(baseURL, stream, seen) {
  const client = new OpenAI({ ...quiet, baseURL });
  const result = await client.chat.completions.create({ model: 'unused', messages, stream });
  for await (const part of stream ? result : [result]) {
    seen.take(part.model, part.usage && chat(part.usage));
  }
}

async function openaiResponses(baseURL, stream, seen) {
  const client = new OpenAI({ ...quiet, baseURL });
  const result = await client.responses.create({ model: 'unused', input: 'hello', stream });
  for await (const part of stream ? result : [{ response: result }]) {
    seen.take(part.response?.model, part.response?.usage && responses(part.response.usage));
    seen.error ??= part.type === 'error' ? part.code : part.response?.error?.code ?? null;
  }
}

async function anthropicMessages(baseURL, stream, seen) {
  const client = new Anthropic({ ...quiet, baseURL });
  const question = { model: 'unused', max_tokens: 1, messages };
  if (!stream) {
    const message = await client.messages.create(question);
    seen.take(message.model, anthropic(message.usage));
    return;
  }

  const result = client.messages.stream(question);
  result.on('streamEvent', (_, message) => seen.take(message.model, anthropic(message.usage)));
  await result.done();
}

const apis = { 'openai-chat': openaiChat, 'openai-responses': openaiResponses, anthropic: anthropicMessages };

async function run(call) {
  answer = call;
  const seen = {
    model: null, input: null, output: null, cachedRead: null, cachedWrite: null, reasoning: null, error: null,
    take(model, counts) {
      this.model = model ?? this.model;
      for (const [name, count] of Object.entries(counts ?? {})) {
        this[name] = count ?? this[name];
      }
    },
  };
  try {
    await apis[call.api](`http://127.0.0.1:${server.address().port}`, call.stream, seen);
  } catch (error) {
    seen.error = error.error?.error?.type ?? error.error?.type ?? error.type ?? error.code ?? error.constructor.name;
  }

  return seen;
}

server.listen(0, '127.0.0.1', async () => {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    process.stdout.write(`${JSON.stringify(await run(JSON.parse(line)))}\n`);
  }

  server.close();
});
