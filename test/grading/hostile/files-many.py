# expect: raised
def f():
    for number in range(1_000_000):
        open("/tmp/%d" % number, "w").close()
