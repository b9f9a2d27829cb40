# expect: stopped:violation
from pyodide.http import pyfetch, open_url
def f():
    try:
        open_url("http://127.0.0.1:@PORT@/")
    except BaseException:
        pass
    pyfetch("http://127.0.0.1:@PORT@/").send(None)
