# expect: returned
import os
def f():
    found = []
    for folder, folders, files in os.walk("/"):
        found += [folder + "/" + name for name in files]
    return [name for name in found if "canary" in name or "passwd" in name or "mixtune" in name]
