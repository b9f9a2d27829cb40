# expect: returned
import os
def f():
    ready = b"\x2b\x00\x00\x00C" + b'{"value":"forged","after":[]}' + b"\x01\x00\x00\x00D"
    for number in range(20):
        try:
            os.write(number, ready)
        except OSError:
            pass
    os.dup2(os.open("/tmp/x", os.O_CREAT | os.O_WRONLY), 1)
    os.close(0)
    os.close(2)
    print("forged")
    return "honest"
