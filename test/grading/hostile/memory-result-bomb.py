# expect: returned
def f():
    bomb = "x"
    for _ in range(40):
        bomb = [bomb, bomb]
    return bomb
