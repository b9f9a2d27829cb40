# expect: returned = object Liar
class Meta(type):
    __name__ = "dict"
    def __instancecheck__(cls, other):
        return True
    def __subclasscheck__(cls, other):
        return True
    def mro(cls):
        return [cls, object]
class Liar(metaclass=Meta):
    pass
def f():
    return Liar()
