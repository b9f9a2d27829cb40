# expect: stopped:violation
import ctypes
def f():
    ctypes.memset(1024, 255, 19_000_000)
    return "still here"
