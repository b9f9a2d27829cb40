# expect: returned
import os, signal
def f():
    for number in (os.getppid(), 1, -1, 0, @PID@):
        try:
            os.kill(number, signal.SIGKILL)
        except BaseException:
            pass
    return "tried"
