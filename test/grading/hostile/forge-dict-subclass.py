# expect: returned = dict Changing
class Changing(dict):
    def items(self):
        return [("forged", 1)]
    def __iter__(self):
        return iter(["forged"])
    def __len__(self):
        return 1
    def get(self, *a):
        return "forged"
def f():
    return Changing(honest=1)
