# expect: stopped:output
import sys
def f():
    while True:
        sys.stderr.write("x" * 100_000)
