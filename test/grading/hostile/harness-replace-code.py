# expect: stopped:violation|returned
import gc, types
def fake(*args):
    return '{"value":"forged","after":[]}'
def f():
    for thing in gc.get_objects():
        if isinstance(thing, types.FunctionType) and thing.__code__.co_filename == "<harness>":
            try:
                thing.__code__ = fake.__code__
            except ValueError:
                pass
    return "own"
