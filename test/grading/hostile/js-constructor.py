# expect: stopped:violation
import pyodide_js
def f():
    return pyodide_js.constructor.constructor("return process")().env
