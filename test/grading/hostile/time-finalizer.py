# expect: stopped:time
# limit: 1000
import gc
class D:
    def __del__(self):
        while True:
            pass
def f():
    d = D()
    d.me = d
    del d
    gc.collect()
