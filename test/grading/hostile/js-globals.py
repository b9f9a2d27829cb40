# expect: stopped:violation
def f():
    import js
    return [dir(js), js.globalThis, js.eval("process"), js.Function("return process")()]
