# expect: raised|stopped:crash|stopped:memory|stopped:violation|stopped:time
def f():
    def g():
        return 1
    g.__code__ = g.__code__.replace(co_code=bytes(range(0, 250)) * 4, co_stacksize=1)
    return g()
