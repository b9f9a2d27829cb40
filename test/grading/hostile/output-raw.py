# expect: stopped:output
import os
def f():
    while True:
        os.write(1, b"x" * 100_000)
