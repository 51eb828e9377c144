"""One call with the official openai SDK for Python, reported as one JSON line.

The job is the first line of stdin; base URL and key come from OPENAI_BASE_URL
and OPENAI_API_KEY, as in any app. The end of stdin is the order to cancel.
Fields of the job and of the report: ../README.md.
"""

import asyncio
import json
import sys

import openai

CHUNKS_BEFORE_CANCEL = 5

TOOL_PARAMETERS = {
    "tool_choice": "required",
    "tools": [
        {
            "type": "function",
            "function": {
                "name": "get_weather",
                "description": "The weather in a city",
                "parameters": {
                    "type": "object",
                    "properties": {"city": {"type": "string", "enum": ["Paris", "Rome"]}},
                    "required": ["city"],
                },
            },
        }
    ],
}


async def main():
    job = json.loads(sys.stdin.readline())
    report = {"scenario": job["scenario"]}
    # No retries: each call must be one row in the ledger.
    async with openai.AsyncOpenAI(max_retries=0) as client:
        try:
            await run(client, job, report)
        except openai.APIStatusError as err:
            body = err.body if isinstance(err.body, dict) else {}
            report["error"] = {
                "status": err.status_code,
                "type": text(err.type),
                "code": text(err.code),
                "param": text(err.param),
                "message": text(body.get("message", err.message)),
            }
            report["request_id"] = err.request_id or ""
        except openai.APIError as err:
            report["error"] = {
                "status": 0,
                "type": text(err.type),
                "code": text(err.code),
                "param": text(err.param),
                "message": err.message,
            }
    print(json.dumps(report))


async def run(client, job, report):
    params = {
        "model": job["model"],
        "messages": [{"role": "user", "content": job["prompt"]}],
        "max_tokens": job["max_tokens"],
        "stop": job.get("stop", openai.omit),
        "temperature": 0,
        "seed": 42,
        # Not an OpenAI field: llama.cpp must still get it.
        "extra_body": {"cache_prompt": job["cache_prompt"]},
    }
    match job["scenario"]:
        case "whole":
            await whole(client, params, report)
        case "tools":
            await whole(client, params | TOOL_PARAMETERS, report)
        case "bad_request":
            await whole(client, params | {"messages": job["prompt"]}, report)
        case "stream":
            await stream(client, params, report)
        case "stream_usage":
            await stream(client, params | {"stream_options": {"include_usage": True}}, report)
        case "tools_stream":
            await stream(client, params | TOOL_PARAMETERS, report)
        case "cancel_mid_stream":
            await stream(client, params, report, stop_after=CHUNKS_BEFORE_CANCEL)
        case "cancel_before_first_token":
            await cancel_when_told(stream(client, params, report), report)
        case "models_list":
            report["models"] = [model.id async for model in client.models.list()]
        case other:
            raise SystemExit(f"unknown scenario {other!r}")


async def whole(client, params, report):
    raw = await client.chat.completions.with_raw_response.create(**params)
    report["request_id"] = raw.headers.get("x-request-id", "")
    answer = raw.parse()
    choice = answer.choices[0]
    report["text"] = choice.message.content or ""
    report["finish_reason"] = choice.finish_reason
    report["usage"] = usage(answer.usage)
    report["tool_calls"] = [
        {"name": call.function.name, "arguments": call.function.arguments}
        for call in choice.message.tool_calls or []
    ]


async def stream(client, params, report, stop_after=None):
    report.update(text="", chunks=0, usage_chunks=0)
    calls = {}
    raw = await client.chat.completions.with_raw_response.create(**params, stream=True)
    report["request_id"] = raw.headers.get("x-request-id", "")
    async with raw.parse() as events:
        async for chunk in events:
            if chunk.usage:
                report["usage"] = usage(chunk.usage)
            if not chunk.choices:
                report["usage_chunks"] += 1
            for choice in chunk.choices:
                if choice.delta.content:
                    report["text"] += choice.delta.content
                    report["chunks"] += 1
                for call in choice.delta.tool_calls or []:
                    known = calls.setdefault(call.index, {"name": "", "arguments": ""})
                    if call.function:
                        known["name"] += call.function.name or ""
                        known["arguments"] += call.function.arguments or ""
                if choice.finish_reason:
                    report["finish_reason"] = choice.finish_reason
            if report["chunks"] == stop_after:
                report["cancelled"] = True
                break
    report["tool_calls"] = [calls[index] for index in sorted(calls)]


async def cancel_when_told(call, report):
    task = asyncio.create_task(call)
    loop = asyncio.get_running_loop()
    told = loop.run_in_executor(None, sys.stdin.read)
    await asyncio.wait([task, told], return_when=asyncio.FIRST_COMPLETED)
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        report["cancelled"] = True
    await told


def usage(u):
    if u is None:
        return None
    details = u.prompt_tokens_details
    return {
        "prompt": u.prompt_tokens,
        "completion": u.completion_tokens,
        "total": u.total_tokens,
        "cached": (details.cached_tokens if details else 0) or 0,
    }


def text(value):
    return "" if value is None else str(value)


if __name__ == "__main__":
    asyncio.run(main())
