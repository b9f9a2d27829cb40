# expect: raised
import os
def f():
    if hasattr(os, "fork"):
        os.fork()
    os.posix_spawn("/bin/touch", ["touch", "@FOLDER@/made"], {})
