# expect: raised|stopped:memory
def f():
    kept = []
    while True:
        kept.append(bytearray(1_000_000))
