# expect: stopped:violation
import ctypes
def f():
    ctypes.pythonapi.Py_FinalizeEx()
    ctypes.pythonapi.Py_Exit(0)
