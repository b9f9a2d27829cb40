# expect: raised|stopped:crash
def f():
    return eval("(" * 50_000 + ")" * 50_000)
