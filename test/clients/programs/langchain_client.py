import json
import sys

from langchain_openai import ChatOpenAI


def play(case, url, key):
    name = {"unknown": "bst", "bound": "front;max-usd=0.0000001"}.get(case, "best")
    model = ChatOpenAI(model=name, base_url=url, api_key=key, max_retries=0, stream_usage=True)
    try:
        if case in ("stream", "abort"):
            pieces, tokens = [], None
            for chunk in model.stream("hello?"):
                if chunk.content:
                    pieces.append(chunk.content)
                if chunk.usage_metadata:
                    tokens = chunk.usage_metadata["total_tokens"]
                if case == "abort" and pieces:
                    break
            result = {"text": "".join(pieces), "pieces": len(pieces), "tokens": tokens, "aborted": case == "abort"}
        else:
            answer = model.invoke("hello?")
            result = {"text": answer.content, "tokens": answer.usage_metadata["total_tokens"]}
    except Exception as error:
        result = {"status": getattr(error, "status_code", None), "message": str(error)}
    return result


for given in json.loads(sys.argv[1]):
    print(json.dumps(play(*given)), flush=True)
