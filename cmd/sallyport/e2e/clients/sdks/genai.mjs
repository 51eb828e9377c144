// The official Google GenAI SDK.
import { GoogleGenAI } from "@google/genai";

export async function run(job, { system, tool, image, shape }, report) {
  const client = new GoogleGenAI({ apiKey: job.key, httpOptions: { baseUrl: job.base } });
  const leave = new AbortController();
  const parts = [{ text: job.prompt }];
  if (job.scenario === "image") parts.push({ inlineData: { mimeType: "image/png", data: image } });
  const request = {
    model: job.model,
    contents: [{ role: "user", parts }],
    config: { maxOutputTokens: 100, systemInstruction: system, abortSignal: leave.signal },
  };
  if (job.scenario === "shape") {
    Object.assign(request.config, { responseMimeType: "application/json", responseJsonSchema: shape });
  } else {
    request.config.tools = [{ functionDeclarations: [{ name: tool.name, description: tool.description, parametersJsonSchema: tool.schema }] }];
  }
  for (;;) {
    const said = [];
    report.text = "";
    const take = (answer) => {
      for (const part of answer.candidates?.[0]?.content?.parts ?? []) {
        said.push(part);
        if (part.functionCall) report.calls.push({ name: part.functionCall.name, args: part.functionCall.args });
        else if (part.thought) report.thinking += part.text ?? "";
        else report.text += part.text ?? "";
      }
      report.finish = answer.candidates?.[0]?.finishReason ?? report.finish;
      const usage = answer.usageMetadata;
      if (usage) report.usage = { input: usage.promptTokenCount, output: (usage.candidatesTokenCount ?? 0) + (usage.thoughtsTokenCount ?? 0) };
      report.cancelled = job.scenario === "cancel" && report.text !== "";
      if (report.cancelled) leave.abort();
    };
    if (job.stream) {
      for await (const chunk of await client.models.generateContentStream(request)) take(chunk);
    } else {
      take(await client.models.generateContent(request));
    }
    const results = said.filter((p) => p.functionCall).map(({ functionCall: c }) => (
      { functionResponse: { id: c.id, name: c.name, response: { output: tool.result } } }));
    if (!job.runsTools || results.length === 0) return;
    request.contents.push({ role: "model", parts: said }, { role: "user", parts: results });
  }
}
