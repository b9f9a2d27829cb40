# expect: stopped:time
# limit: 500
def f():
    return sum(range(10**12))
