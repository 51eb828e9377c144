// The official Anthropic SDK.
import Anthropic from "@anthropic-ai/sdk";

export async function run(job, { system, tool, image, shape }, report) {
  const client = new Anthropic({ baseURL: job.base, apiKey: job.key, maxRetries: 0 });
  const content = [{ type: "text", text: job.prompt }];
  if (job.scenario === "image") content.push({ type: "image", source: { type: "base64", media_type: "image/png", data: image } });
  const request = { model: job.model, max_tokens: 100, system, messages: [{ role: "user", content }] };
  if (job.scenario === "shape") {
    request.output_config = { format: { type: "json_schema", schema: shape } };
  } else {
    request.tools = [{ name: tool.name, description: tool.description, input_schema: tool.schema }];
  }
  if (job.scenario === "cancel") {
    const stream = client.messages.stream(request);
    stream.on("text", (text) => {
      report.text += text;
      report.cancelled = true;
      stream.abort();
    });
    await stream.done();
    return;
  }
  for (;;) {
    const answer = job.stream
      ? await client.messages.stream(request).finalMessage()
      : await client.messages.create(request);
    report.text = answer.content.map((b) => (b.type === "text" ? b.text : "")).join("");
    report.thinking += answer.content.map((b) => (b.type === "thinking" ? b.thinking : "")).join("");
    report.finish = answer.stop_reason;
    report.usage = { input: answer.usage.input_tokens, output: answer.usage.output_tokens };
    const calls = answer.content.filter((b) => b.type === "tool_use");
    for (const c of calls) report.calls.push({ name: c.name, args: c.input });
    if (!job.runsTools || calls.length === 0) return;
    request.messages.push(
      { role: "assistant", content: answer.content },
      { role: "user", content: calls.map((c) => ({ type: "tool_result", tool_use_id: c.id, content: tool.result })) },
    );
  }
}
