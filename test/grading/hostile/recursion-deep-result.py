# expect: returned|stopped:crash
def f():
    value = []
    for _ in range(100_000):
        value = [value]
    return value
