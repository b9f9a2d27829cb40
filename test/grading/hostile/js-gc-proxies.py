# expect: returned
import gc
def f():
    found = [o for o in gc.get_objects() if "JsProxy" in type(o).__name__ or "Js" == type(o).__name__[:2]]
    for one in found:
        for attribute in ("process", "constructor", "globalThis"):
            try:
                getattr(one, attribute)
            except Exception:
                pass
    return len(found)
