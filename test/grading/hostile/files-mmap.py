# expect: raised
import mmap, os
def f():
    memory = mmap.mmap(-1, 4096)
    memory.write(b"anonymous")
    with open("/lib/python313.zip", "rb") as file:
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_WRITE)
        mapped[0:4] = b"XXXX"
        mapped.flush()
