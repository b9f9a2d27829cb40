# expect: raised
import os, shutil
def f():
    shutil.rmtree("/lib", ignore_errors=True)
    for name in ("/lib/python313.zip", "/home/pyodide"):
        try:
            os.unlink(name)
        except OSError:
            pass
    os.rename("/lib", "/gone")
