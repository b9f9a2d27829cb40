# expect: returned
def f():
    return 1 << 100_000_000
