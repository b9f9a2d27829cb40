# expect: raised
def f():
    return f()
