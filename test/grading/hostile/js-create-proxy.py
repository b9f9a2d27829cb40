# expect: stopped:violation
from pyodide.ffi import create_proxy, to_js
def f():
    to_js({"a": [1, 2]})
    return create_proxy(f)
