# expect: raised|stopped:crash
import sys
sys.setrecursionlimit(2**31 - 1)
class Deep:
    def __repr__(self):
        return repr([self])
    def __getattr__(self, name):
        return getattr(self, name + "x")
def f():
    try:
        repr(Deep())
    finally:
        sorted([1, 2], key=lambda x: f())
