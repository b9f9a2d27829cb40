# expect: returned = str honest
import atexit, threading, signal
atexit.register(lambda: open("@CANARY@", "w").write("taken"))
threading._register_atexit(lambda: None)
def f():
    return "honest"
