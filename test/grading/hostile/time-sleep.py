# expect: stopped:time
# limit: 500
import time
def f():
    time.sleep(1_000)
