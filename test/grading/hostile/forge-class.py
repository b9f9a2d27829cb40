# expect: returned = object Liar
class Liar:
    __class__ = dict
    def __eq__(self, other):
        return True
    def __getattr__(self, name):
        return dict
    def items(self):
        return [("average_engagement", 2.95)]
    keys = values = __iter__ = __len__ = items
def f():
    return Liar()
