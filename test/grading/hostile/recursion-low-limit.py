# expect: returned = str honest
import sys
def f():
    sys.setrecursionlimit(20)
    return "honest"
