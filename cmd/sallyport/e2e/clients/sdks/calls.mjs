// The calls besides chat that the official SDKs have, and images by URL: node
// calls.mjs <<< {base, key} prints what each returned, by name.
import { readFileSync } from "node:fs";
import Anthropic from "@anthropic-ai/sdk";
import { GoogleGenAI } from "@google/genai";
import OpenAI from "openai";

const { base, key } = JSON.parse(readFileSync(0, "utf8"));
const openai = new OpenAI({ baseURL: `${base}/v1`, apiKey: key, maxRetries: 0 });
const anthropic = new Anthropic({ baseURL: base, apiKey: key, maxRetries: 0 });
const google = new GoogleGenAI({ apiKey: key, httpOptions: { baseUrl: base } });

const url = "https://pictures.example.com/cat.png";
const words = "What is this?";
const vectors = (r) => r.data.map((d) => (typeof d.embedding === "string" ? d.embedding : [...d.embedding]));

const calls = {
  // OpenAI's SDK asks for base64 unless told otherwise, and decodes it.
  "openai embeddings": async (model) => vectors(await openai.embeddings.create({ model, input: ["a", "b"] })),
  "openai embeddings float": async (model) => vectors(await openai.embeddings.create({ model, input: ["a", "b"], encoding_format: "float" })),
  "openai embeddings base64": async (model) => vectors(await openai.embeddings.create({ model, input: ["a", "b"], encoding_format: "base64" })),
  "openai chat": async (model) => (await openai.chat.completions.create({
    model, messages: [{ role: "user", content: [{ type: "text", text: words }, { type: "image_url", image_url: { url } }] }],
  })).choices[0].message.content,
  "openai responses": async (model) => (await openai.responses.create({
    model, store: false, input: [{ role: "user", content: [{ type: "input_text", text: words }, { type: "input_image", image_url: url, detail: "auto" }] }],
  })).output_text,
  "openai threads": async () => openai.get("/threads/t1"),
  "anthropic count": async (model) => (await anthropic.messages.countTokens({ model, messages: [{ role: "user", content: words }] })).input_tokens,
  "anthropic messages": async (model) => (await anthropic.messages.create({
    model, max_tokens: 9, messages: [{ role: "user", content: [{ type: "image", source: { type: "url", url } }, { type: "text", text: words }] }],
  })).content[0].text,
  "anthropic batches": async () => anthropic.messages.batches.list(),
  "google count": async (model) => (await google.models.countTokens({ model, contents: words })).totalTokens,
  "google embeddings": async (model) => (await google.models.embedContent({
    model, contents: ["a", "b"], config: { outputDimensionality: 2 },
  })).embeddings.map((e) => e.values),
  "google generate": async (model) => (await google.models.generateContent({
    model, contents: [{ role: "user", parts: [{ fileData: { fileUri: url, mimeType: "image/png" } }, { text: words }] }],
  })).text,
  "google caches": async () => google.caches.get({ name: "cachedContents/c1" }),
};

const report = {};
for (const model of ["compatible", "claude", "google"]) {
  for (const [name, call] of Object.entries(calls)) {
    let got;
    try {
      got = await call(model);
    } catch (e) {
      got = { error: e.constructor.name, status: e.status, message: String(e.message) };
    }
    report[`${name} at ${model}`] = got;
  }
}
process.stdout.write(JSON.stringify(report));
