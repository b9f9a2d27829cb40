# expect: raised
def f():
    with open("@CANARY@", "w") as file:
        file.write("taken")
