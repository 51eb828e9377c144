// Types of Sallyport scripts (plugins.d/NAME.js), for editors. Put
//
//   /// <reference path="sallyport.d.ts" />
//
// below the manifest comment. Names and meaning are those of docs/abi.md.

/** The settings of this instance, frozen; the defaults of the manifest's schema are filled in. While the file is admitted: the defaults alone. */
declare const config: Readonly<Record<string, any>>;

/** Lines go to the gateway's log with the plugin's name, at most 4 KiB each and 1 MiB a minute. */
declare const console: {
  debug(...values: unknown[]): void;
  log(...values: unknown[]): void;
  info(...values: unknown[]): void;
  warn(...values: unknown[]): void;
  error(...values: unknown[]): void;
};

/** Put one function on it for each hook that the manifest names. */
declare const exports: {
  receive?: (call: ReceiveCall, settings: typeof config) => Pick<Reply, "block" | "respond" | "path" | "tags" | "flags"> | void | null;
  prompt?: (call: PromptCall, settings: typeof config) => Pick<Reply, "block" | "respond" | "edits" | "append" | "route" | "tags" | "flags"> | void | null;
  route?: (call: RouteCall, settings: typeof config) => Pick<Reply, "block" | "respond" | "order" | "route" | "tags" | "flags"> | void | null;
  answer?: (call: AnswerCall, settings: typeof config) => Pick<Reply, "block" | "respond" | "edits" | "retry" | "tags" | "flags"> | void | null;
  /** Judges a stream, beside answer, in the manifest's stream mode "window"; in "observe" it looks on, at what was sent. */
  window?: (call: WindowCall, settings: typeof config) => Pick<Reply, "block" | "edits" | "hold" | "tags" | "flags"> | void | null;
  complete?: (call: CompleteCall, settings: typeof config) => Pick<Reply, "tags" | "flags"> | void | null;
};

type Role = "user" | "assistant" | "system" | "tool";
type Kind =
  | "text" | "image" | "audio" | "document" | "tool_call" | "tool_result"
  | "thinking" | "redacted" | "citation" | "cache_point" | "refusal" | "raw";

/** What every hook may know about the exchange. Optional members are there if the manifest asks to see them. */
interface Exchange {
  readonly id: string;
  readonly route?: string;
  readonly operation: string;
  readonly dialect?: string;
  readonly stream: boolean;
  readonly consumer?: string;
  readonly tenant?: string;
  /** As the client wrote it. */
  readonly model?: string;
  readonly tags?: Readonly<Record<string, string>>;
  /** Those that the manifest names, in lower case. */
  readonly headers: Readonly<Record<string, string>>;
}

interface Part {
  /** What an edit names. */
  readonly id: number;
  readonly kind: Kind;
  readonly role: Role;
  /** Index of the message; absent for a part outside the messages. */
  readonly message?: number;
  /** Index of the answer's choice, 0 for prompts. */
  readonly choice: number;
  /** With the edits of earlier hooks. */
  readonly text: string;
  /** Tool's name, or media type. */
  readonly name: string;
  readonly call_id: string;
}

/** In tokens. */
interface Usage {
  readonly input_uncached: number;
  readonly cache_read: number;
  readonly cache_write: number;
  /** The part of cache_write that is kept for an hour. */
  readonly cache_write_hour: number;
  readonly output: number;
  readonly reasoning: number;
  readonly audio: number;
  readonly image: number;
  readonly reported: boolean;
  readonly estimated: boolean;
}

interface ReceiveCall {
  readonly exchange: Exchange;
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly body_bytes: number;
}

interface PromptCall {
  readonly exchange: Exchange;
  readonly stage: "shape" | "judge";
  readonly parts: readonly Part[];
  readonly messages: number;
}

interface Deployment {
  readonly name: string;
  readonly provider?: string;
  readonly model: string;
  readonly weight: number;
  /** It failed lately and is out of the picks. */
  readonly cooling?: boolean;
  /** Attempts under way here. */
  readonly in_flight?: number;
  /** Moving average, 0 while unknown. */
  readonly first_byte_ms?: number;
  /** Moving average, 0 to 1. */
  readonly error_rate?: number;
}

interface RouteCall {
  readonly exchange: Exchange;
  /** In the order so far. */
  readonly deployments: readonly Deployment[];
}

interface AnswerCall {
  readonly exchange: Exchange;
  readonly parts: readonly Part[];
  readonly usage?: Usage;
}

interface WindowCall {
  readonly exchange: Exchange;
  /** Index of the answer's choice. */
  readonly choice: number;
  /** Which run of one kind of content it is. */
  readonly block: number;
  readonly kind: Kind;
  /** Of a tool call, which always comes whole. */
  readonly name: string;
  readonly call_id: string;
  /** What the client has already: the last 64 bytes of the block or more, where there are as many. */
  readonly context: string;
  /** What it does not have yet. Edits count in it, and need no part. */
  readonly text: string;
  /** No more text follows in this block. */
  readonly final: boolean;
  /** Bytes of the block that the client has. */
  readonly released: number;
}

interface CompleteCall {
  readonly exchange: Exchange;
  readonly end: string;
  readonly status: number;
  readonly error_code?: string;
  readonly attempts: number;
  readonly deployment?: string;
  readonly provider?: string;
  readonly model?: string;
  readonly usage?: Usage;
  readonly bytes_in: number;
  readonly bytes_out: number;
  readonly duration_ns: number;
  readonly first_byte_ns?: number;
}

/** What a hook returns; nothing, or an empty object, is "allow, unchanged". An unknown member is an error. */
interface Reply {
  /** End the exchange with an error. status 400 to 599; message ≤ 1 KiB reaches the client. */
  block?: { status?: number; code?: string; message?: string };
  /** End the exchange with an answer of your own; status 200 and JSON unless said otherwise. */
  respond?: { status?: number; content_type?: string; body?: string };
  /**
   * Replace text. Offsets count as in part.text; without them the whole text is replaced.
   * A label writes a placeholder such as [EMAIL]. A window has no other part than itself.
   */
  edits?: { part?: number; start?: number; end?: number; text?: string; label?: string }[];
  /** Add to the prompt (stage shape), before the message "at", at the end by default. */
  append?: { at?: number; role: Role; text: string }[];
  flags?: Record<string, number>;
  tags?: Record<string, string>;
  /** Name of another route. */
  route?: string;
  /** Another path, e.g. "/v1/chat/completions". */
  path?: string;
  /** Names or indices of deployments, the first choice first; those left out are not tried. */
  order?: (string | number)[];
  /** How much of the end of a window could still become a match, and waits for more text: counted as offsets are. */
  hold?: number;
  /** Feedback to the model for one more try. */
  retry?: string;
}
