# expect: stopped:violation
from pyodide.code import run_js
def f():
    return run_js("process.mainModule.require('child_process').execSync('touch @FOLDER@/made')")
