# expect: returned|raised|stopped:crash|stopped:violation
import dis
def f():
    def g():
        return 1
    load, store = dis.opmap["LOAD_CONST"], dis.opmap["RETURN_VALUE"]
    g.__code__ = g.__code__.replace(co_code=bytes([dis.opmap["RESUME"], 0, dis.opmap["EXTENDED_ARG"], 255, load, 255, store, 0]))
    return repr(g())
