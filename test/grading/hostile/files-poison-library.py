# expect: raised
import sys, os, site
def f():
    for folder in [p for p in sys.path if os.path.isdir(p)] + ["/", "/home/pyodide", "/lib/python3.13/site-packages"]:
        try:
            with open(folder + "/colorsys.py", "w") as file:
                file.write("def rgb_to_hsv(*a): return 'poisoned'")
        except OSError as error:
            last = error
    raise last
