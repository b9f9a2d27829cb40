# expect: stopped:time
# limit: 500
import re
def f():
    return re.match(r"(a+)+$", "a" * 60 + "b")
