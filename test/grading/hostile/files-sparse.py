# expect: raised
def f():
    with open("/tmp/sparse", "wb") as file:
        file.seek(2**31 - 10)
        file.write(b"x")
