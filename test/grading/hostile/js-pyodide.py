# expect: stopped:violation
import pyodide_js
def f():
    pyodide_js.runPython("1")
    pyodide_js._module.FS.mount(pyodide_js._module.FS.filesystems.NODEFS, {"root": "/"}, "/mnt")
    return open("/mnt/etc/passwd").read()
