# expect: not-loaded = SystemExit
def f():
    return 1
quit()
