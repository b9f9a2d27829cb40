# expect: raised|stopped:memory|stopped:time
def f():
    kept = {}
    while True:
        kept[len(kept)] = [len(kept)]
