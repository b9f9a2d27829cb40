# expect: returned = str honest
class Text(str):
    def __str__(self):
        return "forged"
    __repr__ = __str__
    def __len__(self):
        return 10**9
def f():
    return Text("honest")
