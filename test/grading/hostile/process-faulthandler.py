# expect: stopped:violation
import faulthandler
def f():
    faulthandler.enable()
    faulthandler._sigsegv()
