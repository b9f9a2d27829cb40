# expect: stopped:crash
import os
def f():
    os.abort()
