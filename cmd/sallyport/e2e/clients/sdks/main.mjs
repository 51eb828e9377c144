// Runs jobs with one SDK: node main.mjs <<< JOBS prints their reports.
//
// A job is {client, dialect, scenario, stream, base, key, model}: base is the
// gateway's URL without a path. The prompt is the scenario's name, by which the
// simulated provider knows what to answer. A report is {text, thinking, calls:
// [{name, args}], finish, usage: {input, output}, cancelled, error: {status,
// message}}; finish and usage are those of the last answer, in the SDK's words.
import { readFileSync } from "node:fs";

// What the programs ask with. clients/gosdks has the same.
const kit = {
  system: "Be brief.",
  tool: {
    name: "weather",
    description: "The weather in a city",
    schema: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
    result: "sunny",
  },
  image: "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg==",
  shape: { type: "object", properties: { city: { type: "string" } }, required: ["city"], additionalProperties: false },
};

async function report(job) {
  const r = { text: "", thinking: "", calls: [], finish: "", usage: null, cancelled: false, error: null };
  // In these the tool is run and its result sent back.
  job.runsTools = ["round", "think"].includes(job.scenario);
  job.prompt = `scenario:${job.scenario}`;
  try {
    const { run } = await import(`./${job.client}.mjs`);
    await run(job, kit, r);
  } catch (e) {
    if (r.cancelled) return r;
    const cause = e.status === undefined && e.lastError ? e.lastError : e;
    r.error = {
      status: cause.status ?? cause.statusCode ?? cause.code ?? null,
      message: String(cause.message ?? cause),
    };
  }
  return r;
}

process.on("unhandledRejection", () => {}); // some SDKs reject twice
const reports = await Promise.all(JSON.parse(readFileSync(0, "utf8")).map(report));
process.stdout.write(JSON.stringify(reports));
