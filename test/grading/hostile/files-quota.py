# expect: raised
def f():
    with open("/tmp/big", "wb") as file:
        for _ in range(10_000):
            file.write(bytes(1_000_000))
