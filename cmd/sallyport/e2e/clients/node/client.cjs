// One call with the official openai SDK for Node, reported as one JSON line.
//
// The job is the first line of stdin; base URL and key come from OPENAI_BASE_URL
// and OPENAI_API_KEY, as in any app. The end of stdin is the order to cancel.
// Fields of the job and of the report: ../README.md.
'use strict';

const readline = require('node:readline');
const OpenAI = require('openai');

const CHUNKS_BEFORE_CANCEL = 5;

async function main() {
  const lines = readline.createInterface({ input: process.stdin });
  const closed = new Promise((resolve) => lines.once('close', resolve));
  const job = JSON.parse(await new Promise((resolve) => lines.once('line', resolve)));

  // No retries: each call must be one row in the ledger.
  const client = new OpenAI({ maxRetries: 0 });
  const report = { scenario: job.scenario };
  try {
    await scenarios[job.scenario](client, job, report, closed);
  } catch (err) {
    if (err instanceof OpenAI.APIUserAbortError) {
      report.cancelled = true;
    } else if (err instanceof OpenAI.APIError) {
      report.error = {
        status: err.status ?? 0,
        type: text(err.type),
        code: text(err.code),
        param: text(err.param),
        message: text(err.error?.message ?? err.message),
      };
      report.request_id = err.requestID ?? '';
    } else {
      throw err;
    }
  }
  console.log(JSON.stringify(report));
  lines.close();
  process.stdin.destroy();
}

const scenarios = {
  whole: (client, job, report) => whole(client, body(job), report),
  tools: (client, job, report) => whole(client, { ...body(job), ...toolParameters }, report),
  bad_request: (client, job, report) =>
    whole(client, { ...body(job), messages: job.prompt }, report),

  stream: (client, job, report) => stream(client, body(job), report),
  stream_usage: (client, job, report) =>
    stream(client, { ...body(job), stream_options: { include_usage: true } }, report),
  tools_stream: (client, job, report) =>
    stream(client, { ...body(job), ...toolParameters }, report),

  cancel_mid_stream: (client, job, report) =>
    stream(client, body(job), report, {
      onChunk: (controller) => report.chunks === CHUNKS_BEFORE_CANCEL && controller.abort(),
    }),
  cancel_before_first_token: (client, job, report, closed) => {
    const controller = new AbortController();
    closed.then(() => controller.abort());
    return stream(client, body(job), report, { controller });
  },

  async models_list(client, job, report) {
    report.models = [];
    for await (const model of client.models.list()) report.models.push(model.id);
  },
};

function body(job) {
  return {
    model: job.model,
    messages: [{ role: 'user', content: job.prompt }],
    max_tokens: job.max_tokens,
    stop: job.stop,
    temperature: 0,
    seed: 42,
    cache_prompt: job.cache_prompt, // not an OpenAI field: llama.cpp must still get it
  };
}

const toolParameters = {
  tool_choice: 'required',
  tools: [
    {
      type: 'function',
      function: {
        name: 'get_weather',
        description: 'The weather in a city',
        parameters: {
          type: 'object',
          properties: { city: { type: 'string', enum: ['Paris', 'Rome'] } },
          required: ['city'],
        },
      },
    },
  ],
};

async function whole(client, params, report) {
  const { data, request_id } = await client.chat.completions.create(params).withResponse();
  report.request_id = request_id ?? '';
  const choice = data.choices[0];
  report.text = choice.message.content ?? '';
  report.finish_reason = choice.finish_reason;
  report.usage = usage(data.usage);
  report.tool_calls = (choice.message.tool_calls ?? []).map((call) => ({
    name: call.function.name,
    arguments: call.function.arguments,
  }));
}

async function stream(client, params, report, { controller = new AbortController(), onChunk } = {}) {
  report.text = '';
  report.chunks = 0;
  report.usage_chunks = 0;
  const calls = [];
  const { data, request_id } = await client.chat.completions
    .create({ ...params, stream: true }, { signal: controller.signal })
    .withResponse();
  report.request_id = request_id ?? '';
  for await (const chunk of data) {
    if (chunk.usage) report.usage = usage(chunk.usage);
    if (chunk.choices.length === 0) report.usage_chunks++;
    for (const choice of chunk.choices) {
      if (choice.delta.content) {
        report.text += choice.delta.content;
        report.chunks++;
      }
      for (const call of choice.delta.tool_calls ?? []) {
        calls[call.index] ??= { name: '', arguments: '' };
        calls[call.index].name += call.function?.name ?? '';
        calls[call.index].arguments += call.function?.arguments ?? '';
      }
      if (choice.finish_reason) report.finish_reason = choice.finish_reason;
    }
    onChunk?.(controller);
  }
  // The SDK ends an aborted stream without an error.
  if (controller.signal.aborted) report.cancelled = true;
  report.tool_calls = calls;
}

function usage(u) {
  if (!u) return undefined;
  return {
    prompt: u.prompt_tokens,
    completion: u.completion_tokens,
    total: u.total_tokens,
    cached: u.prompt_tokens_details?.cached_tokens ?? 0,
  };
}

function text(value) {
  return value === null || value === undefined ? '' : String(value);
}

main().catch((err) => {
  console.error(err);
  process.exit(1);
});
