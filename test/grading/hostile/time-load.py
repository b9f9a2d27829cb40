# expect: stopped:time
# limit: 500
while True:
    pass
def f():
    return 1
