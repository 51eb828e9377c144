// Code generated from core/abi/sallyport.proto by core/abi/gen. DO NOT EDIT.
import * as abi from "../../abi";
import * as host from "../../host";
import { ConfigureCall, Reply, configured, hook } from "../../sallyport";

export { sallyport_abi_1, sallyport_buffer } from "../../sallyport";

export function sallyport_configure(ptr: usize, length: i32): u32 {
  return configured(ptr, length, (call: ConfigureCall) => "");
}

const reply = new Reply();

export function echo(message: u32, ptr: usize, length: i32): u64 {
  reply.begin();
  let size = 0;
  switch (message) {
    case 0: {
      const m = new abi.ConfigureCall();
      if (!m.decode(ptr, length)) return u64.MAX_VALUE;
      size = m.size();
      m.append(reply.out);
      break;
    }
    case 1: {
      const m = new abi.Exchange();
      if (!m.decode(ptr, length)) return u64.MAX_VALUE;
      size = m.size();
      m.append(reply.out);
      break;
    }
    case 2: {
      const m = new abi.Tag();
      if (!m.decode(ptr, length)) return u64.MAX_VALUE;
      size = m.size();
      m.append(reply.out);
      break;
    }
    case 3: {
      const m = new abi.Header();
      if (!m.decode(ptr, length)) return u64.MAX_VALUE;
      size = m.size();
      m.append(reply.out);
      break;
    }
    case 4: {
      const m = new abi.Part();
      if (!m.decode(ptr, length)) return u64.MAX_VALUE;
      size = m.size();
      m.append(reply.out);
      break;
    }
    case 5: {
      const m = new abi.Tool();
      if (!m.decode(ptr, length)) return u64.MAX_VALUE;
      size = m.size();
      m.append(reply.out);
      break;
    }
    case 6: {
      const m = new abi.Parameters();
      if (!m.decode(ptr, length)) return u64.MAX_VALUE;
      size = m.size();
      m.append(reply.out);
      break;
    }
    case 7: {
      const m = new abi.Parameter();
      if (!m.decode(ptr, length)) return u64.MAX_VALUE;
      size = m.size();
      m.append(reply.out);
      break;
    }
    case 8: {
      const m = new abi.Usage();
      if (!m.decode(ptr, length)) return u64.MAX_VALUE;
      size = m.size();
      m.append(reply.out);
      break;
    }
    case 9: {
      const m = new abi.Error();
      if (!m.decode(ptr, length)) return u64.MAX_VALUE;
      size = m.size();
      m.append(reply.out);
      break;
    }
    case 10: {
      const m = new abi.ReceiveCall();
      if (!m.decode(ptr, length)) return u64.MAX_VALUE;
      size = m.size();
      m.append(reply.out);
      break;
    }
    case 11: {
      const m = new abi.PromptCall();
      if (!m.decode(ptr, length)) return u64.MAX_VALUE;
      size = m.size();
      m.append(reply.out);
      break;
    }
    case 12: {
      const m = new abi.Deployment();
      if (!m.decode(ptr, length)) return u64.MAX_VALUE;
      size = m.size();
      m.append(reply.out);
      break;
    }
    case 13: {
      const m = new abi.Features();
      if (!m.decode(ptr, length)) return u64.MAX_VALUE;
      size = m.size();
      m.append(reply.out);
      break;
    }
    case 14: {
      const m = new abi.RouteCall();
      if (!m.decode(ptr, length)) return u64.MAX_VALUE;
      size = m.size();
      m.append(reply.out);
      break;
    }
    case 15: {
      const m = new abi.Target();
      if (!m.decode(ptr, length)) return u64.MAX_VALUE;
      size = m.size();
      m.append(reply.out);
      break;
    }
    case 16: {
      const m = new abi.UpstreamRequestCall();
      if (!m.decode(ptr, length)) return u64.MAX_VALUE;
      size = m.size();
      m.append(reply.out);
      break;
    }
    case 17: {
      const m = new abi.UpstreamRequestReply();
      if (!m.decode(ptr, length)) return u64.MAX_VALUE;
      size = m.size();
      m.append(reply.out);
      break;
    }
    case 18: {
      const m = new abi.Fetch();
      if (!m.decode(ptr, length)) return u64.MAX_VALUE;
      size = m.size();
      m.append(reply.out);
      break;
    }
    case 19: {
      const m = new abi.Loss();
      if (!m.decode(ptr, length)) return u64.MAX_VALUE;
      size = m.size();
      m.append(reply.out);
      break;
    }
    case 20: {
      const m = new abi.UpstreamResponseCall();
      if (!m.decode(ptr, length)) return u64.MAX_VALUE;
      size = m.size();
      m.append(reply.out);
      break;
    }
    case 21: {
      const m = new abi.Choice();
      if (!m.decode(ptr, length)) return u64.MAX_VALUE;
      size = m.size();
      m.append(reply.out);
      break;
    }
    case 22: {
      const m = new abi.UpstreamResponseReply();
      if (!m.decode(ptr, length)) return u64.MAX_VALUE;
      size = m.size();
      m.append(reply.out);
      break;
    }
    case 23: {
      const m = new abi.UpstreamEventCall();
      if (!m.decode(ptr, length)) return u64.MAX_VALUE;
      size = m.size();
      m.append(reply.out);
      break;
    }
    case 24: {
      const m = new abi.Event();
      if (!m.decode(ptr, length)) return u64.MAX_VALUE;
      size = m.size();
      m.append(reply.out);
      break;
    }
    case 25: {
      const m = new abi.UpstreamEventReply();
      if (!m.decode(ptr, length)) return u64.MAX_VALUE;
      size = m.size();
      m.append(reply.out);
      break;
    }
    case 26: {
      const m = new abi.AnswerCall();
      if (!m.decode(ptr, length)) return u64.MAX_VALUE;
      size = m.size();
      m.append(reply.out);
      break;
    }
    case 27: {
      const m = new abi.WindowCall();
      if (!m.decode(ptr, length)) return u64.MAX_VALUE;
      size = m.size();
      m.append(reply.out);
      break;
    }
    case 28: {
      const m = new abi.Verdict();
      if (!m.decode(ptr, length)) return u64.MAX_VALUE;
      size = m.size();
      m.append(reply.out);
      break;
    }
    case 29: {
      const m = new abi.CompleteCall();
      if (!m.decode(ptr, length)) return u64.MAX_VALUE;
      size = m.size();
      m.append(reply.out);
      break;
    }
    case 30: {
      const m = new abi.Reply();
      if (!m.decode(ptr, length)) return u64.MAX_VALUE;
      size = m.size();
      m.append(reply.out);
      break;
    }
    case 31: {
      const m = new abi.Block();
      if (!m.decode(ptr, length)) return u64.MAX_VALUE;
      size = m.size();
      m.append(reply.out);
      break;
    }
    case 32: {
      const m = new abi.Respond();
      if (!m.decode(ptr, length)) return u64.MAX_VALUE;
      size = m.size();
      m.append(reply.out);
      break;
    }
    case 33: {
      const m = new abi.Edit();
      if (!m.decode(ptr, length)) return u64.MAX_VALUE;
      size = m.size();
      m.append(reply.out);
      break;
    }
    case 34: {
      const m = new abi.NewPart();
      if (!m.decode(ptr, length)) return u64.MAX_VALUE;
      size = m.size();
      m.append(reply.out);
      break;
    }
    case 35: {
      const m = new abi.Flag();
      if (!m.decode(ptr, length)) return u64.MAX_VALUE;
      size = m.size();
      m.append(reply.out);
      break;
    }
  }
  if (size != reply.out.length) abort("size");
  return reply.end();
}

// A hook that does nothing: what was made before is given back.
const promptCall = new abi.PromptCall();

export function sallyport_prompt(ptr: usize, length: i32): u64 {
  return hook(promptCall, ptr, length, (call: abi.PromptCall, reply: Reply) => {});
}

export function imports(): void {
  const k = abi.Bytes.of("k");
  host.log(abi.Level.INFO, "k");
  host.config("k");
  host.tag("k");
  host.setTag("k", k);
  host.slot("k");
  host.setSlot("k", k);
  host.kv(k);
  host.setKv(k, k, 1);
  host.count("k", 1);
  host.json(abi.Document.CONFIG, "k");
  host.setJson(abi.Document.CONFIG, "k", k);
  host.configLength("k");
  if (host.now() == 0) host.random(8);
}
