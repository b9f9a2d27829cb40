# expect: returned
import os, sys
os.environ["PYTHONHASHSEED"] = "7"
os.putenv("TZ", "Asia/Tokyo")
sys.path.clear()
sys.argv[:] = ["changed"]
def f():
    return "changed"
