# expect: stopped:output
def f():
    while True:
        print("x" * 100_000)
