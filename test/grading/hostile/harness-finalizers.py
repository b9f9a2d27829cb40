# expect: returned
import gc, weakref, sys
class Late:
    def __del__(self):
        sys.stdout.write("late")
        raise RuntimeError("in a finalizer")
gc.callbacks.append(lambda *a: 1 / 0)
def f():
    cycle = [Late()]
    cycle.append(cycle)
    del cycle
    return [{"a": Late()}]
