// Calls every API of the providers' real SDKs that names a model in the body, with the model and the base addresses of the arguments.
// Prints one line of JSON for each: the API, the class and status of the exception, and the reason; no exception: the echo was accepted.
'use strict';

const { OpenAI, toFile } = require('openai');
const { Anthropic } = require('@anthropic-ai/sdk');

const [, , openaiAddress, anthropicAddress, apiKey, model] = process.argv;
const quiet = { logLevel: 'off', maxRetries: 0 };
const openai = new OpenAI({ ...quiet, apiKey, baseURL: openaiAddress });
const anthropic = new Anthropic({ ...quiet, authToken: apiKey, apiKey: null, baseURL: anthropicAddress });
const messages = [{ role: 'user', content: 'hello' }];

// What came is an echo and no completion: only whether it came matters.
const read = async (stream) => {
  for await (const part of stream) {
    void part;
  }
};
const sound = () => toFile(Buffer.alloc(4096, 7), 'sound.wav', { type: 'audio/wav' });
const picture = () => toFile(Buffer.alloc(4096, 7), 'picture.png', { type: 'image/png' });

const apis = {
  'chat': () => openai.chat.completions.create({ messages, model }),
  'chat, model first': () => openai.chat.completions.create({ model, messages }),
  'chat, stream': async () => read(await openai.chat.completions.create({ messages, model, stream: true, stream_options: { include_usage: true } })),
  'chat, tools': () => openai.chat.completions.create({ messages, tools: [{ type: 'function', function: { name: 'f', parameters: {} } }], model }),
  'completions': () => openai.completions.create({ prompt: 'hello', model }),
  'responses': () => openai.responses.create({ input: 'hello', model }),
  'responses, stream': async () => read(await openai.responses.create({ input: 'hello', model, stream: true })),
  'embeddings': () => openai.embeddings.create({ input: 'hello', model, encoding_format: 'float' }),
  'images': () => openai.images.generate({ prompt: 'hello', model }),
  'images, edit': async () => openai.images.edit({ image: await picture(), prompt: 'hello', model }),
  'speech': async () => (await openai.audio.speech.create({ input: 'hello', voice: 'alloy', model })).arrayBuffer(),
  'transcription': async () => openai.audio.transcriptions.create({ file: await sound(), model }),
  'transcription, stream': async () => read(await openai.audio.transcriptions.create({ file: await sound(), model, stream: true })),
  'translation': async () => openai.audio.translations.create({ model, file: await sound() }),
  'moderations': () => openai.moderations.create({ input: 'hello', model }),
  'messages': () => anthropic.messages.create({ max_tokens: 1, messages, model }),
  'messages, model first': () => anthropic.messages.create({ model, max_tokens: 1, messages }),
  'messages, stream': async () => read(await anthropic.messages.create({ max_tokens: 1, messages, model, stream: true })),
};

async function main() {
  for (const [api, call] of Object.entries(apis)) {
    let result = { api, name: null, status: null, reason: null };
    try {
      await call();
    } catch (error) {
      const reason = error.headers?.get('x-authsidecar-reason') ?? null;
      result = error.status ? { api, name: error.constructor.name, status: error.status, reason } : result;
    }

    process.stdout.write(`${JSON.stringify(result)}\n`);
  }
}

main();
