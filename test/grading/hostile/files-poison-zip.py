# expect: raised
def f():
    with open("/lib/python313.zip", "r+b") as file:
        file.write(bytes(1000))
