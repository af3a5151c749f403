// Calls a provider's API with its real SDK, one call per line of standard input, and prints the SDK's result.
// The bytes on the wire are the line's: method, target, host and headers; status, retries and exceptions are the SDK's own.
'use strict';

const http = require('node:http');
const readline = require('node:readline');
const { OpenAI } = require('openai');
const { Anthropic } = require('@anthropic-ai/sdk');

function exchange(call, body) {
  return new Promise((resolve, reject) => {
    const headers = ['Host', call.host, 'Content-Type', 'application/json', 'Content-Length', String(Buffer.byteLength(body)), ...call.headers.flat()];
    const request = http.request({ host: '127.0.0.1', port: call.port, method: call.method, path: call.target, headers, agent: false }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const copied = new Headers();
        for (let index = 0; index < response.rawHeaders.length; index += 2) {
          copied.append(response.rawHeaders[index], response.rawHeaders[index + 1]);
        }

        resolve(new Response(Buffer.concat(chunks), { status: response.statusCode, headers: copied }));
      });
    });
    request.on('error', reject);
    request.end(body);
  });
}

async function run(call) {
  const attempts = [];
  let decision = null;
  const fetch = async (_, init) => {
    const at = performance.now();
    const response = await exchange(call, init.body ?? '');
    decision = response.headers.get('x-authsidecar-decision-id');
    attempts.push({ at, wait: response.headers.get('retry-after-ms'), shouldRetry: response.headers.get('x-should-retry') });
    return response;
  };

  try {
    const { maxRetries } = call;
    const messages = [{ role: 'user', content: 'hello' }];
    if (call.sdk === 'openai') {
      await new OpenAI({ apiKey: 'unused', maxRetries, fetch }).chat.completions.create({ model: 'gpt-test', messages });
    } else {
      await new Anthropic({ apiKey: 'unused', maxRetries, fetch }).messages.create({ model: 'claude-test', max_tokens: 1, messages });
    }

    return { name: null, attempts: attempts.length };
  } catch (error) {
    return {
      name: error.constructor.name,
      status: error.status ?? null,
      code: error.code ?? null,
      requestId: error.requestID ?? null,
      decision,
      message: error.message,
      attempts: attempts.length,
      waited: attempts.length > 1 ? attempts[1].at - attempts[0].at : 0,
      requestedDelay: Number(attempts[0]?.wait ?? 0),
      shouldRetry: attempts[0]?.shouldRetry === 'true',
    };
  }
}

async function main() {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    process.stdout.write(`${JSON.stringify(await run(JSON.parse(line)))}\n`);
  }
}

main();
