// The official openai SDK, chat completions.
import OpenAI from "openai";

export async function run(job, { system, tool, image, shape }, report) {
  const client = new OpenAI({ baseURL: `${job.base}/v1`, apiKey: job.key, maxRetries: 0 });
  const content = job.scenario === "image"
    ? [{ type: "text", text: job.prompt }, { type: "image_url", image_url: { url: `data:image/png;base64,${image}` } }]
    : job.prompt;
  const request = {
    model: job.model,
    max_completion_tokens: 100,
    messages: [{ role: "system", content: system }, { role: "user", content }],
  };
  if (job.scenario === "shape") {
    request.response_format = { type: "json_schema", json_schema: { name: "place", schema: shape, strict: true } };
  } else {
    request.tools = [{ type: "function", function: { name: tool.name, description: tool.description, parameters: tool.schema } }];
  }
  if (job.scenario === "cancel") {
    const stream = await client.chat.completions.create({ ...request, stream: true });
    for await (const chunk of stream) {
      report.text += chunk.choices[0]?.delta.content ?? "";
      report.cancelled = report.text !== "";
      if (report.cancelled) stream.controller.abort();
    }
    return;
  }
  for (;;) {
    const answer = job.stream
      ? await client.chat.completions.stream({ ...request, stream_options: { include_usage: true } }).finalChatCompletion()
      : await client.chat.completions.create(request);
    const { message, finish_reason: finish } = answer.choices[0];
    report.text = message.content ?? "";
    report.thinking += message.reasoning_content ?? "";
    report.finish = finish;
    report.usage = { input: answer.usage.prompt_tokens, output: answer.usage.completion_tokens };
    const calls = message.tool_calls ?? [];
    for (const c of calls) report.calls.push({ name: c.function.name, args: JSON.parse(c.function.arguments) });
    if (!job.runsTools || calls.length === 0) return;
    request.messages.push(message, ...calls.map((c) => ({ role: "tool", tool_call_id: c.id, content: tool.result })));
  }
}
