import json
import sys

import litellm


def play(case, url, key):
    name = {"unknown": "bst", "bound": "front;max-usd=0.0000001"}.get(case, "best")
    given = {
        "model": f"openai/{name}",
        "api_base": url,
        "api_key": key,
        "messages": [{"role": "user", "content": "hello?"}],
        "max_retries": 0,
    }
    try:
        if case in ("stream", "abort"):
            pieces, tokens = [], None
            for chunk in litellm.completion(**given, stream=True, stream_options={"include_usage": True}):
                if chunk.choices and chunk.choices[0].delta.content:
                    pieces.append(chunk.choices[0].delta.content)
                usage = getattr(chunk, "usage", None)
                if usage:
                    tokens = usage.total_tokens
                if case == "abort" and pieces:
                    break
            result = {"text": "".join(pieces), "pieces": len(pieces), "tokens": tokens, "aborted": case == "abort"}
        else:
            answer = litellm.completion(**given)
            result = {"text": answer.choices[0].message.content, "tokens": answer.usage.total_tokens}
    except Exception as error:
        result = {"status": getattr(error, "status_code", None), "message": str(error)}
    return result


for given in json.loads(sys.argv[1]):
    print(json.dumps(play(*given)), flush=True)
