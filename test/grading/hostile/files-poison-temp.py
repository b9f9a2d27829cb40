# expect: returned
import os, sys
os.chdir("/tmp")
sys.path.insert(0, "/tmp")
with open("/tmp/statistics.py", "w") as file:
    file.write("def mean(x): return 'poisoned'")
sys.modules.pop("statistics")
import statistics
def f():
    return statistics.mean([1, 3])
