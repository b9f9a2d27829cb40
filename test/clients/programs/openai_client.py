import json
import sys

from openai import APIStatusError, OpenAI


def play(case, url, key):
    client = OpenAI(base_url=url, api_key=key, max_retries=0)
    model = {"unknown": "bst", "bound": "front;max-usd=0.0000001"}.get(case, "best")
    messages = [{"role": "user", "content": "hello?"}]
    try:
        if case in ("stream", "abort"):
            stream = client.chat.completions.create(
                model=model, messages=messages, stream=True, stream_options={"include_usage": True}
            )
            pieces, tokens = [], None
            for chunk in stream:
                if chunk.choices and chunk.choices[0].delta.content:
                    pieces.append(chunk.choices[0].delta.content)
                if chunk.usage:
                    tokens = chunk.usage.total_tokens
                if case == "abort" and pieces:
                    stream.close()
                    break
            result = {"text": "".join(pieces), "pieces": len(pieces), "tokens": tokens, "aborted": case == "abort"}
        else:
            answer = client.chat.completions.create(model=model, messages=messages)
            result = {"text": answer.choices[0].message.content, "tokens": answer.usage.total_tokens}
    except APIStatusError as error:
        result = {"status": error.status_code, "message": error.message}
    return result


for given in json.loads(sys.argv[1]):
    print(json.dumps(play(*given)), flush=True)
