# expect: raised
def f():
    return input("your move: ")
