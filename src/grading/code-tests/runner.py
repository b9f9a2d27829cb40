"""Runs tests in an interpreter of their own, in which the program under test never is.

The tests call stand-ins. A stand-in looks up what the real function did, as the parent measured it in
another sandbox and wrote it below as plain data; a call that nobody has measured yet is noted and asked for,
after which the tests run again. So a program can do nothing to a verdict but return values.

To ask for many calls at once a missing value is first played by a Wild, which agrees with everything; a
round in which one was handed out decides nothing.

The parent appends: SETUP, UNITS (statements in order, each also in a form whose assertions never fail), ENTRY, NAMES, SPECULATIVE, RECORDED and begin().
"""

import builtins
import marshal

MOST_REQUESTS = 500
SHOWN = 160

RECORDED = {}
namespace = {"__name__": "tests", "__builtins__": builtins}
seen = {}
requests = []
made = []
setup_problem = None


class Missing(BaseException):
    """The round cannot go on without a call's outcome."""


class Unusable(BaseException):
    """The program was stopped, or returned what is no plain data."""


class Wild:
    # How often one was shown, which is how arguments that hold one are known: no text could be trusted to
    # say so, since a program may return any text.
    shown = 0

    def __repr__(self):
        Wild.shown += 1
        return "…"

    def __hash__(self):
        return 0

    def __bool__(self):
        return True

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return self


def _same(self, *args, **kwargs):
    return self


def _true(self, *args):
    return True


def _missing(self, *args):
    raise Missing()


for _name in "call getitem neg pos abs invert round enter".split():
    setattr(Wild, "__%s__" % _name, _same)
for _name in "add sub mul truediv floordiv mod divmod pow matmul and or xor lshift rshift".split():
    setattr(Wild, "__%s__" % _name, _same)
    setattr(Wild, "__r%s__" % _name, _same)
for _name in "eq ne lt le gt ge contains".split():
    setattr(Wild, "__%s__" % _name, _true)
for _name in "int index float complex len iter next str format bytes trunc floor ceil".split():
    setattr(Wild, "__%s__" % _name, _missing)
WILD = Wild()


def call_text(name, args, kwargs):
    parts = [repr(arg) for arg in args] + ["%s=%r" % pair for pair in kwargs.items()]
    return shorten("%s(%s)" % (name, ", ".join(parts)))


def shorten(text):
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"


def stand_in(name):
    def ask(*args, **kwargs):
        shown = Wild.shown
        key = repr((name, args, sorted(kwargs.items())))
        if Wild.shown != shown:
            return WILD
        if not made:
            made.append(call_text(name, args, kwargs))
        position = seen.get(key, 0)
        seen[key] = position + 1
        outcomes = RECORDED.get(key, ())
        if position >= len(outcomes):
            return request(name, key, args, kwargs)
        kind, *details = outcomes[position]
        if kind == "returned":
            value, after = details[0]()
            for own, changed in zip(args, after):
                overwrite(own, changed)
            return value
        if kind == "raised":
            raise exception(*details)
        raise Unusable(details[0])

    return ask


def request(name, key, args, kwargs):
    if len(requests) >= MOST_REQUESTS:
        # A loop that goes on for as long as a Wild says so ends here.
        raise Missing()
    requests.append([name, key, copy_of([list(args), kwargs])])
    if SPECULATIVE:
        return WILD
    raise Missing()


def copy_of(value):
    """The tests may change their own lists before the parent reads them."""
    try:
        return marshal.loads(marshal.dumps(value))
    except ValueError:
        import copy

        try:
            return copy.deepcopy(value)
        except Exception:
            return None


def overwrite(own, changed):
    if type(own) is list:
        own[:] = changed
    elif type(own) is dict or type(own) is set:
        own.clear()
        own.update(changed)


def exception(name, message):
    if name in ("StopIteration", "StopAsyncIteration"):
        # It would end the loop of whoever calls, and `all(map(f, cases))` with it.
        return RuntimeError("a call raised %s" % name)
    cls = namespace.get(name, getattr(builtins, name, None))
    if not (isinstance(cls, type) and issubclass(cls, BaseException)):
        cls = type(name, (Exception,), {})
    try:
        return cls(message)
    except Exception:
        return type(name, (cls,), {"__init__": lambda self, *args: None})()


def begin():
    global setup_problem
    try:
        exec(compile(SETUP, "setup.py", "exec", dont_inherit=True), namespace)
    except BaseException as error:
        setup_problem = "%s: %s" % (type(error).__name__, error)
    for name in NAMES:
        if name not in namespace:
            namespace[name] = stand_in(name)
    if ENTRY is not None:
        namespace[ENTRY] = stand_in(ENTRY)


def problem():
    return setup_problem


def run(index):
    """One statement: [status, what happened, the first call it made, calls that are asked for]."""
    requests.clear()
    made.clear()
    try:
        exec(compile(UNITS[index][SPECULATIVE], "test.py", "exec", dont_inherit=True), namespace)
        status = ["passed", ""]
    except Missing:
        status = ["waiting", ""]
    except AssertionError:
        # Its message may hold what was expected.
        status = ["failed", ""]
    except Unusable as error:
        status = ["failed", shorten(str(error))]
    except BaseException as error:
        status = ["failed", "raised " + shorten("%s: %s" % (type(error).__name__, error))]
    return [*status, made[0] if made else "", list(requests)]
