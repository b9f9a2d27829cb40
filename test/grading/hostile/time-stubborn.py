# expect: stopped:time
# limit: 500
def f():
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass
