# expect: stopped:violation
import os
def f():
    return os.system("touch @FOLDER@/made; sleep 987654 &")
