# expect: stopped:violation
import _pyodide_core
def f():
    got = []
    for name in dir(_pyodide_core):
        thing = getattr(_pyodide_core, name)
        if callable(thing):
            for args in ((), (1,), ("1",), (f,), ({},)):
                try:
                    got.append(thing(*args))
                except Exception:
                    pass
    return len(got)
