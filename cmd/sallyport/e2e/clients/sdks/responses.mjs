// The official openai SDK, responses.
import OpenAI from "openai";

export async function run(job, { system, tool, image, shape }, report) {
  const client = new OpenAI({ baseURL: `${job.base}/v1`, apiKey: job.key, maxRetries: 0 });
  const content = [{ type: "input_text", text: job.prompt }];
  if (job.scenario === "image") content.push({ type: "input_image", image_url: `data:image/png;base64,${image}`, detail: "auto" });
  const request = {
    model: job.model,
    max_output_tokens: 100,
    store: false,
    include: ["reasoning.encrypted_content"],
    instructions: system,
    input: [{ role: "user", content }],
  };
  if (job.scenario === "shape") {
    request.text = { format: { type: "json_schema", name: "place", schema: shape, strict: true } };
  } else {
    request.tools = [{ type: "function", name: tool.name, description: tool.description, parameters: tool.schema, strict: false }];
  }
  if (job.scenario === "cancel") {
    const stream = await client.responses.create({ ...request, stream: true });
    for await (const event of stream) {
      if (event.type === "response.output_text.delta") report.text += event.delta;
      report.cancelled = report.text !== "";
      if (report.cancelled) stream.controller.abort();
    }
    return;
  }
  for (;;) {
    const answer = job.stream
      ? await client.responses.stream(request).finalResponse()
      : await client.responses.create(request);
    if (answer.error) throw new Error(answer.error.message);
    report.text = answer.output_text;
    report.finish = answer.incomplete_details?.reason ?? answer.status;
    report.usage = { input: answer.usage.input_tokens, output: answer.usage.output_tokens };
    const calls = answer.output.filter((item) => item.type === "function_call");
    for (const c of calls) report.calls.push({ name: c.name, args: JSON.parse(c.arguments) });
    for (const item of answer.output) {
      if (item.type === "reasoning") report.thinking += [...(item.content ?? []), ...item.summary].map((s) => s.text).join("");
    }
    if (!job.runsTools || calls.length === 0) return;
    request.input.push(...answer.output, ...calls.map((c) => ({ type: "function_call_output", call_id: c.call_id, output: tool.result })));
  }
}
