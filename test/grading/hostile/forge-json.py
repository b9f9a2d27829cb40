# expect: returned = str honest
import json, json.encoder, builtins
json.dumps = lambda *a, **k: '{"value":"forged","after":[]}'
json.JSONEncoder.encode = json.dumps
json.encoder.encode_basestring_ascii = json.dumps
json.encoder.c_make_encoder = None
json.loads = lambda *a: ["f", [], False]
def f():
    return "honest"
