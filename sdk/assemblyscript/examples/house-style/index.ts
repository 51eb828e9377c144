// House-style is a prompt template: a system message in front of every prompt that
// has none.

import { Bytes, ConfigureCall, Part, PromptCall, Reply, Role, configured, hook } from "../../sallyport";
import * as host from "../../host";

export { sallyport_abi_1, sallyport_buffer } from "../../sallyport";

let message: Bytes = new Bytes();
const promptCall = new PromptCall();
const part = new Part();

export function sallyport_configure(ptr: usize, length: i32): u32 {
  return configured(ptr, length, configure);
}

export function sallyport_prompt(ptr: usize, length: i32): u64 {
  return hook(promptCall, ptr, length, prompt);
}

function configure(call: ConfigureCall): string {
  const template = host.config("/template");
  const company = host.config("/company");
  if (template === null || company === null) return "template and company are needed";
  message = Bytes.of(template.toString().replaceAll("{company}", company.toString()));
  return "";
}

function prompt(call: PromptCall, reply: Reply): void {
  while (call.parts.next(part)) {
    if (part.role == Role.SYSTEM) return;
  }
  reply.append(0, Role.SYSTEM, message);
}
