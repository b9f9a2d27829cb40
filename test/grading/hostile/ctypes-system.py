# expect: stopped:violation
import ctypes
def f():
    return ctypes.CDLL(None).system(b"touch @FOLDER@/made")
