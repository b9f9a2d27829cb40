# expect: returned|stopped:crash
import gc
def f():
    for base in (dict, list, str, int, type):
        raw = gc.get_referents(base.__dict__)[0]
        for name in ("items", "__iter__", "__len__", "__class__"):
            if name in raw:
                raw[name] = lambda *a: "forged"
    return "patched"
