# expect: returned|stopped:time
# limit: 1000
def g():
    try:
        yield 1
    finally:
        while True:
            pass
def f():
    x = g()
    next(x)
    return x
