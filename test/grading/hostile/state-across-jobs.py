# expect: returned
import builtins, sys, statistics, math, random
builtins.marker = "left behind"
statistics.mean = lambda x: "left behind"
math.sqrt = lambda x: "left behind"
random.seed(1)
sys.marker = "left behind"
sys.modules["colorsys"] = sys
def f():
    return "left"
