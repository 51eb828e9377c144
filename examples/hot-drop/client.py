"""An app, made with OpenAI's official SDK for Python; client.sh is the same with curl.

    client.py ask ROUTE TEXT            asks once and prints what comes back
    client.py until ROUTE TEXT PATTERN  asks until the answer has the pattern, for three minutes at most
    client.py traffic ROUTE STOP        asks all the time, whole and streamed, until the file STOP is there;
                                        then it counts, and fails if any request did

An answer is a line: its status, then the text or the error. OPENAI_BASE_URL says where the gateway is.
"""

import asyncio
import json
import pathlib
import re
import sys
import time

import openai

APPS = 4  # that make the traffic, half of them with streams
HARMLESS = "1, 2, 3, 4, 5,"


async def ask(client, route, text, stream=False):
    """Returns the status and the text or the error of one call."""
    try:
        answer = await client.chat.completions.create(
            model=route,
            messages=[{"role": "user", "content": text}],
            max_tokens=8,
            temperature=0,
            stream=stream,
        )
        if not stream:
            return 200, json.dumps(answer.choices[0].message.content)
        pieces, finished = [], False
        async for chunk in answer:
            for choice in chunk.choices:
                pieces.append(choice.delta.content or "")
                finished = finished or choice.finish_reason is not None
        if not finished:
            return 0, "a stream that does not finish"
        return 200, json.dumps("".join(pieces))
    except openai.APIStatusError as err:
        body = err.body if isinstance(err.body, dict) else {}
        return err.status_code, f"{err.code}: {body.get('message', err.message)}"
    except Exception as err:  # a cut stream raises what the HTTP library under the SDK does
        return 0, f"{type(err).__name__}: {err}"


async def until(client, route, text, pattern):
    begin = time.monotonic()
    while True:
        status, answer = await ask(client, route, text)
        if re.search(pattern, f"{status} {answer}"):
            print(f"{status} {answer}\n(asked for {time.monotonic() - begin:.1f} s)")
            return
        if time.monotonic() - begin > 180:
            raise SystemExit(f"asked {text!r} for three minutes, but the last answer is {status} {answer}, not {pattern}")
        await asyncio.sleep(0.05)


async def traffic(client, route, stop):
    answers = {False: 0, True: 0}
    failures = []

    async def app(stream):
        while not stop.exists():
            status, answer = await ask(client, route, HARMLESS, stream)
            if status == 200:
                answers[stream] += 1
            else:
                failures.append(f"{status} {answer}")

    await asyncio.gather(*(app(stream=n % 2 == 1) for n in range(APPS)))
    print(f"{answers[False]} whole answers and {answers[True]} streams; requests that failed: {len(failures)}")
    for failure in failures[:10]:
        print(failure)
    if failures or not all(answers.values()):
        raise SystemExit(1)


async def main(verb, route, *args):
    # No retries: a failure shall be seen.
    async with openai.AsyncOpenAI(max_retries=0, timeout=120) as client:
        match verb:
            case "ask":
                print(*await ask(client, route, *args))
            case "until":
                await until(client, route, *args)
            case "traffic":
                await traffic(client, route, pathlib.Path(*args))
            case _:
                raise SystemExit(f"unknown verb {verb!r}")


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
