# expect: raised
def f():
    return "x" * (2**31 - 100)
