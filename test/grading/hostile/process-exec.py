# expect: raised
import os
def f():
    os.execv("/bin/touch", ["touch", "@FOLDER@/made"])
