# expect: stopped:time
# limit: 500
def f():
    while True:
        pass
