// LangChain with the chat models for many dialects: job.dialect chooses.
import { ChatAnthropic } from "@langchain/anthropic";
import { ToolMessage } from "@langchain/core/messages";
import { ChatGoogleGenerativeAI } from "@langchain/google-genai";
import { ChatOpenAI } from "@langchain/openai";

const openai = (job, more) =>
  new ChatOpenAI({ model: job.model, apiKey: job.key, maxRetries: 0, maxTokens: 100, configuration: { baseURL: `${job.base}/v1` }, ...more });
const models = {
  "openai.chat": (job) => openai(job),
  "openai.responses": (job) => openai(job, { useResponsesApi: true, zdrEnabled: true }),
  "anthropic.messages": (job) => new ChatAnthropic({ model: job.model, apiKey: job.key, maxRetries: 0, maxTokens: 100, anthropicApiUrl: job.base }),
  gemini: (job) => new ChatGoogleGenerativeAI({ model: job.model, apiKey: job.key, maxRetries: 0, maxOutputTokens: 100, baseUrl: job.base }),
};

// The model's own message of an answer: structured output wraps it.
const raw = (answer) => answer.raw ?? answer;

export async function run(job, { system, tool, image, shape }, report) {
  let model = models[job.dialect](job);
  if (job.scenario === "shape") {
    model = model.withStructuredOutput(shape, { name: "place", method: "jsonSchema", includeRaw: true });
  } else {
    model = model.bindTools([
      { type: "function", function: { name: tool.name, description: tool.description, parameters: tool.schema } },
    ]);
  }
  const content = job.scenario === "image"
    ? [{ type: "text", text: job.prompt }, { type: "image_url", image_url: { url: `data:image/png;base64,${image}` } }]
    : job.prompt;
  const messages = [["system", system], ["human", content]];
  const leave = new AbortController();
  for (;;) {
    let answer;
    if (job.stream) {
      for await (const chunk of await model.stream(messages, { signal: leave.signal })) {
        if (job.scenario === "shape" && !chunk.raw) continue;
        answer = answer ? answer.concat(raw(chunk)) : raw(chunk);
        if (job.scenario === "cancel" && answer.text !== "") {
          report.text = answer.text;
          report.cancelled = true;
          leave.abort();
        }
      }
    } else {
      answer = raw(await model.invoke(messages));
    }
    report.text = answer.text;
    report.thinking += answer.contentBlocks.map((b) => (b.type === "reasoning" ? b.reasoning : "")).join("");
    const meta = answer.response_metadata ?? {};
    report.finish = meta.incomplete_details?.reason ?? meta.finish_reason ?? meta.stop_reason ?? meta.finishReason ??
      answer.additional_kwargs?.stop_reason ?? answer.additional_kwargs?.finishReason ?? meta.status ?? "";
    if (answer.usage_metadata) report.usage = { input: answer.usage_metadata.input_tokens, output: answer.usage_metadata.output_tokens };
    const calls = answer.tool_calls ?? [];
    for (const c of calls) report.calls.push({ name: c.name, args: c.args });
    if (!job.runsTools || calls.length === 0) return;
    messages.push(answer, ...calls.map((c) => new ToolMessage({ content: tool.result, tool_call_id: c.id, name: c.name })));
  }
}
