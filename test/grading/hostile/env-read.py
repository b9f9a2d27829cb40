# expect: returned
import os
def f():
    return [dict(os.environ), os.environb.get(b"@SECRET@", b"none").decode(), os.getenv("@SECRET@")]
