# expect: returned = str b''b''
# The terminal's device must not read what stands behind it: the pipe with the next job.
def f():
    return repr(open("/dev/tty", "rb", buffering=0).read(4)) + repr(open("/dev/tty1", "rb", buffering=0).read(4))
