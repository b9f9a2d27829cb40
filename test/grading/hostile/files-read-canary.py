# expect: raised
def f():
    return open("@CANARY@").read()
