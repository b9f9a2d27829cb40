# expect: stopped:time|stopped:memory
# limit: 500
def f():
    kept = []
    while True:
        try:
            while True:
                kept.append(bytearray(10_000_000))
        except MemoryError:
            pass
