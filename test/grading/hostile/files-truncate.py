# expect: raised
def f():
    with open("/tmp/long", "wb") as file:
        file.truncate(2**31 - 10)
