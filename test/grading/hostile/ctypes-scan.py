# expect: stopped:violation
import ctypes
def f():
    memory = ctypes.string_at(1024, 20_000_000)
    return [memory.find(b"canary-" + b"content"), memory.find(b"secret-" + b"value")]
