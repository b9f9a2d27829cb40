# expect: stopped:violation
import gc, sys, types
def f():
    names = {m.__name__ for m in gc.get_objects() if isinstance(m, types.ModuleType)} | set(sys.modules)
    for name in names:
        module = sys.modules.get(name)
        for attribute in ("process", "run_js", "eval"):
            if module is not None and hasattr(module, attribute):
                getattr(module, attribute)("1")
    return "looked"
