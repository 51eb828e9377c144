// The AI SDK with the providers for many dialects: job.dialect chooses.
import { createAnthropic } from "@ai-sdk/anthropic";
import { createGoogleGenerativeAI } from "@ai-sdk/google";
import { createOpenAI } from "@ai-sdk/openai";
import { generateText, isStepCount, jsonSchema, Output, streamText, tool as makeTool } from "ai";

const models = {
  "openai.chat": (job) => createOpenAI({ baseURL: `${job.base}/v1`, apiKey: job.key }).chat(job.model),
  "openai.responses": (job) => createOpenAI({ baseURL: `${job.base}/v1`, apiKey: job.key }).responses(job.model),
  "anthropic.messages": (job) => createAnthropic({ baseURL: `${job.base}/v1`, apiKey: job.key })(job.model),
  gemini: (job) => createGoogleGenerativeAI({ baseURL: `${job.base}/v1beta`, apiKey: job.key })(job.model),
};

export async function run(job, { system, tool, image, shape }, report) {
  let failure = null;
  const leave = new AbortController();
  const content = [{ type: "text", text: job.prompt }];
  if (job.scenario === "image") content.push({ type: "image", image, mediaType: "image/png" });
  const request = {
    model: models[job.dialect](job),
    system,
    messages: [{ role: "user", content }],
    maxOutputTokens: 100,
    maxRetries: 0,
    abortSignal: leave.signal,
    stopWhen: isStepCount(2),
    // Of models whose names it does not know it expects little.
    providerOptions: {
      openai: { store: false, include: ["reasoning.encrypted_content"] },
      anthropic: { structuredOutputMode: "outputFormat" },
    },
  };
  if (job.scenario === "shape") {
    request.output = Output.object({ schema: jsonSchema(shape) });
  } else {
    const weather = { description: tool.description, inputSchema: jsonSchema(tool.schema) };
    if (job.runsTools) weather.execute = async () => tool.result; // then it goes on by itself
    request.tools = { [tool.name]: makeTool(weather) };
  }
  if (job.stream) request.onError = ({ error }) => { failure = error; };
  const answer = job.stream ? streamText(request) : await generateText(request);
  if (job.scenario === "cancel") {
    for await (const text of answer.textStream) {
      report.text += text;
      report.cancelled = report.text !== "";
      if (report.cancelled) leave.abort();
    }
    return;
  }
  if (job.stream) {
    await answer.consumeStream({ onError: (e) => { failure ??= e; } });
    if (failure) throw failure;
  }
  const steps = await answer.steps;
  report.thinking = steps.map((s) => s.reasoningText ?? "").join("");
  for (const c of steps.flatMap((s) => s.toolCalls)) report.calls.push({ name: c.toolName, args: c.input });
  const last = steps.at(-1);
  report.text = last.text;
  report.finish = last.finishReason;
  report.usage = { input: last.usage.inputTokens, output: last.usage.outputTokens };
}
