# expect: returned|raised
class E(dict):
    def __eq__(self, other): return True
    def __hash__(self): return 0
    def __getattribute__(self, name): return lambda *a, **k: E()
    def __len__(self): return 5
    def __iter__(self):
        while True:
            yield self
def f():
    return E()
