// The official cohere-ai SDK, both versions of rerank: node cohere.mjs <<< JOB
// prints a report.
//
// A job is {base, key, models}. A report is a list of {model, version, ranks:
// [{index, score, text}], error: {name, status, message}}.
import { readFileSync } from "node:fs";
import { CohereClient, CohereClientV2 } from "cohere-ai";

const { base, key, models } = JSON.parse(readFileSync(0, "utf8"));
const options = { token: key, environment: base };
const clients = { v1: new CohereClient(options), v2: new CohereClientV2(options) };

async function ask(model, version) {
  const report = { model, version, ranks: [], error: null };
  const documents = ["Carson City", "Washington", "Saipan"];
  const request = { model, query: "What is the capital of the United States?", documents, topN: 2 };
  if (version === "v1") request.returnDocuments = true;
  try {
    const answer = await clients[version].rerank(request, { maxRetries: 0 });
    report.ranks = answer.results.map((r) => ({ index: r.index, score: r.relevanceScore, text: r.document?.text ?? "" }));
  } catch (e) {
    report.error = { name: e.constructor.name, status: e.statusCode ?? 0, message: e.body?.message ?? String(e) };
  }
  return report;
}

const asked = models.flatMap((model) => ["v1", "v2"].map((version) => ask(model, version)));
process.stdout.write(JSON.stringify(await Promise.all(asked)));
