# expect: stopped:violation
import ctypes, _ctypes
def f():
    _ctypes.dlopen("/lib/x86_64-linux-gnu/libc.so.6", 2)
