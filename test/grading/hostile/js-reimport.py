# expect: stopped:violation
import sys, importlib
def f():
    for name in [n for n in sys.modules if "js" in n.split(".")[0] or "pyodide" in n]:
        sys.modules.pop(name)
    module = importlib.import_module("js")
    importlib.reload(module)
    return module.process.env
