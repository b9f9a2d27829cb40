# expect: stopped:time|stopped:memory
# limit: 500
def f():
    return len(str(7 ** (10 ** 9)))
