# expect: stopped:time
# limit: 500
def f():
    try:
        raise ValueError
    finally:
        while True:
            continue
