# expect: stopped:violation
import ctypes
def f():
    for index in range(1, 20_000):
        ctypes.CFUNCTYPE(ctypes.c_int)(index)()
