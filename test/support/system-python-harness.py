"""Runs PythonJobs given as JSON lines on stdin; writes a line for loading, for each call, and `end`.

A test double for the sandbox: it isolates nothing and must only be given the tests' own programs.
"""
import json
import sys

LIMIT = 20_000


def tagged(value, depth=0):
    kind = type(value)
    if depth > 30:
        return {"type": "cut", "reason": "too deep"}
    if value is None:
        return {"type": "none"}
    if kind is bool:
        return {"type": "bool", "value": value}
    if isinstance(value, int):
        return {"type": "int", "value": int.__repr__(value)}
    if isinstance(value, float):
        return {"type": "float", "value": float.__repr__(value)}
    if isinstance(value, str):
        return {"type": "str", "value": str.__str__(value)}
    if isinstance(value, dict):
        entries = [[tagged(k, depth + 1), tagged(v, depth + 1)] for k, v in dict.items(value)]
        return {"type": "dict", "entries": entries, "className": kind.__name__}
    for base, name in ((list, "list"), (tuple, "tuple"), (set, "set"), (frozenset, "set")):
        if isinstance(value, base):
            items = [tagged(item, depth + 1) for item in base.__iter__(value)]
            if len(items) > LIMIT:
                return {"type": "cut", "reason": "too large"}
            return {"type": name, "items": items, "className": kind.__name__}
    return {"type": "object", "className": kind.__name__}


def untagged(value):
    kind = value["type"]
    if kind == "none":
        return None
    if kind == "int":
        return int(value["value"])
    if kind == "float":
        return float(value["value"])
    if kind in ("bool", "str"):
        return value["value"]
    if kind == "dict":
        return {untagged(k): untagged(v) for k, v in value["entries"]}
    return {"list": list, "tuple": tuple, "set": set}[kind](untagged(item) for item in value["items"])


def failure(kind, error):
    return {"kind": kind, "exception": type(error).__name__, "message": str(error)}


OUT = sys.stdout
sys.stdout = sys.stderr


def emit(line):
    OUT.write(json.dumps(line) + "\n")
    OUT.flush()


def run(job):
    namespace = {"__name__": "__main__"}
    try:
        exec(compile(job["source"], "answer.py", "exec"), namespace)
        for call in job["calls"]:
            if not callable(namespace.get(call["function"])):
                raise NameError("function %s is not defined" % call["function"])
    except BaseException as error:
        emit(failure("not-loaded", error))
        return
    emit({"kind": "loaded"})
    for call in job["calls"]:
        args = [untagged(value) for value in call["args"]]
        try:
            value = namespace[call["function"]](*args)
            emit({"kind": "returned", "value": tagged(value), "argsAfter": [tagged(arg) for arg in args]})
        except BaseException as error:
            emit(failure("raised", error))


for line in sys.stdin:
    run(json.loads(line))
    emit({"kind": "end"})
