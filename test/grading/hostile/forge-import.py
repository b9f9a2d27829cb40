# expect: returned = str honest
import builtins, sys
builtins.__import__ = lambda *a, **k: None
for name in list(sys.modules):
    if name != "__main__":
        sys.modules[name] = None
def f():
    return "honest"
