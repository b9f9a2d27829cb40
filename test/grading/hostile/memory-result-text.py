# expect: returned
def f():
    return ["x" * 9_000_000, "x" * 7_000_000, "y" * 7_000_000]
