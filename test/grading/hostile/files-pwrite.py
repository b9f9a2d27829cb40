# expect: raised
import os
def f():
    number = os.open("/tmp/p", os.O_CREAT | os.O_RDWR)
    os.pwrite(number, b"x", 2**31 - 10)
