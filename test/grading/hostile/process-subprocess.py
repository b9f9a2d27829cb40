# expect: raised
import subprocess
def f():
    return subprocess.run(["touch", "@FOLDER@/made"], check=True)
