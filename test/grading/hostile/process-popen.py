# expect: raised
import os
def f():
    return os.popen("touch @FOLDER@/made").read()
