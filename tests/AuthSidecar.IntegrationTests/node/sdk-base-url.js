// Sends one request with a provider's SDK that is configured by the environment alone. The echo that answers it is no completion.
'use strict';

const { OpenAI } = require('openai');
const { Anthropic } = require('@anthropic-ai/sdk');

const quiet = { logLevel: 'off', maxRetries: 0 };
const messages = [{ role: 'user', content: 'hello' }];
const call =
  process.argv[2] === 'openai'
    ? new OpenAI(quiet).chat.completions.create({ model: 'gpt-test', messages })
    : new Anthropic(quiet).messages.create({ model: 'claude-test', max_tokens: 1, messages });
call.then(() => {}, (error) => { console.error(error.message); process.exitCode = error.status ? 0 : 1; });
