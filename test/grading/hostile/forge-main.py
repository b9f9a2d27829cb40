# expect: returned = str honest
import __main__, sys
for name in list(vars(__main__)):
    if not name.startswith("__"):
        setattr(__main__, name, lambda *a: "forged")
__main__.f = lambda: "forged"
sys.modules["mixtune_harness"] = __main__
def f():
    return "honest"
