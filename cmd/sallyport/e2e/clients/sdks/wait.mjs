// Asks once with OpenAI's and Anthropic's SDK, each with its usual retries, and
// prints what the app sees of the answer and its rate limits.
import { readFileSync } from 'node:fs';
import OpenAI from 'openai';
import Anthropic from '@anthropic-ai/sdk';

const job = JSON.parse(readFileSync(0, 'utf8'));

const openai = async () => {
  const client = new OpenAI({ baseURL: job.base + '/v1', apiKey: job.key });
  const { data, response } = await client.chat.completions
    .create({ model: job.model, messages: [{ role: 'user', content: 'openai' }] })
    .withResponse();
  return {
    text: data.choices[0].message.content,
    remaining: response.headers.get('x-ratelimit-remaining-requests'),
    reset: response.headers.get('x-ratelimit-reset-requests'),
  };
};

const anthropic = async () => {
  const client = new Anthropic({ baseURL: job.base, apiKey: job.key });
  const { data, response } = await client.messages
    .create({ model: job.model, max_tokens: 9, messages: [{ role: 'user', content: 'anthropic' }] })
    .withResponse();
  return {
    text: data.content[0].text,
    remaining: response.headers.get('anthropic-ratelimit-requests-remaining'),
    reset: response.headers.get('anthropic-ratelimit-requests-reset'),
  };
};

for (const [client, ask] of [['openai', openai], ['anthropic', anthropic]]) {
  let report;
  try {
    report = await ask();
  } catch (e) {
    report = { error: String(e) };
  }
  console.log(JSON.stringify({ client, ...report }));
}
