# expect: raised
class Loud(Exception):
    def __str__(self):
        while True:
            pass
    __repr__ = __str__
    @property
    def args(self):
        while True:
            pass
def f():
    raise Loud()
