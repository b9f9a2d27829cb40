"""Runs inside the interpreter: loads a program, calls its functions, writes down what came back.

Executed once, when the snapshot is made, in a namespace with a private copy of the builtins, so that
`builtins.len = ...` in a program does not reach it. Values are read by exact type and with the base
types' own methods, kept here from before any program ran. No expected answer is ever in here, so the most
that a program can reach by walking frames to this code is to return its own values.

Wire format, out: JSON in which null, true, false, strings and integers below 2**53 are themselves; all else
is an array with a tag: ["i", "0x.."], ["f", repr], ["l"|"t"|"s", items, class?], ["d", [k, v, ...], class?],
["o", class, repr?], ["c", reason], and ["I"|"F"|"S", value, class] for subclasses of int, float and str.
In: plain JSON, or, when the request says so, arrays tagged in the same manner.
"""

import collections
import decimal
import gc
import sys
import types
from _json import encode_basestring_ascii as quote
from json.decoder import JSONDecoder

MAX_DEPTH = 100
MAX_NODES = 100_000
MAX_CHARACTERS = 2_000_000
MAX_INTEGER_BITS = 400_000
MAX_MESSAGE = 500
SAFE_INTEGER = 2**53

scan = JSONDecoder().scan_once
type_name = type.__dict__["__name__"].__get__
type_module = type.__dict__["__module__"].__get__
type_mro = type.__dict__["__mro__"].__get__
dict_get = dict.get
dict_items = dict.items
ordered_items = collections.OrderedDict.items
list_iter = list.__iter__
tuple_iter = tuple.__iter__
set_iter = set.__iter__
frozenset_iter = frozenset.__iter__
deque_iter = collections.deque.__iter__
str_length = str.__len__
str_item = str.__getitem__
str_join = str.join
str_plain = str.__str__
int_bits = int.bit_length
int_plain = int.__int__
float_repr = float.__repr__
settrace = sys.settrace
setprofile = sys.setprofile
setrecursionlimit = sys.setrecursionlimit
gc_callbacks = gc.callbacks
clear_list = list.clear
modules = sys.modules
make_module = types.ModuleType
module_dict = types.ModuleType.__dict__["__dict__"].__get__
base_str = BaseException.__str__
builtin_exceptions = {
    value: value.__str__ for value in __builtins__.values() if type(value) is type and issubclass(value, BaseException)
}
# Types whose repr is C code and says all there is to say: a grader may want to show or read them.
readable = {
    decimal.Decimal: decimal.Decimal.__repr__,
    complex: complex.__repr__,
    bytes: bytes.__repr__,
    range: range.__repr__,
}
sequences = (
    (list, list_iter, "l"),
    (tuple, tuple_iter, "t"),
    (set, set_iter, "s"),
    (frozenset, frozenset_iter, "s"),
    (collections.deque, deque_iter, "l"),
)

namespace = {}


class Budget:
    __slots__ = ("nodes", "characters", "open")

    def __init__(self):
        self.nodes = MAX_NODES
        self.characters = MAX_CHARACTERS
        self.open = {}


def restore_interpreter():
    settrace(None)
    setprofile(None)
    setrecursionlimit(1000)
    clear_list(gc_callbacks)


def name_of(cls):
    return quote(str_item(type_name(cls), slice(0, 100)))


def write_text(value, budget):
    length = str_length(value)
    if length > budget.characters:
        return '["c","a text of %d characters is too long"]' % length
    budget.characters -= length
    return quote(value)


def write_integer(value):
    if -SAFE_INTEGER < value < SAFE_INTEGER:
        return "%d" % value
    if int_bits(value) > MAX_INTEGER_BITS:
        return '["c","an integer of %d bits is too large"]' % int_bits(value)
    return '["i","%x"]' % value


def write_items(items, depth, budget):
    return "[" + str_join(",", [write(item, depth, budget) for item in items]) + "]"


def write_dict(value, items, depth, budget):
    parts = []
    append = parts.append
    for key, item in items(value):
        append(write_text(key, budget) if type(key) is str else write(key, depth, budget))
        append(write(item, depth, budget))
    return "[" + str_join(",", parts) + "]"


def write_container(value, cls, tag, items, base, depth, budget):
    identity = id(value)
    if identity in budget.open:
        return '["c","cyclic"]'
    if depth >= MAX_DEPTH:
        return '["c","nested too deeply"]'
    budget.open[identity] = True
    if tag == "d":
        body = write_dict(value, items, depth + 1, budget)
    else:
        body = write_items(items(value), depth + 1, budget)
    del budget.open[identity]
    if cls is base and base in (list, tuple, set, dict):
        return '["%s",%s]' % (tag, body)
    return '["%s",%s,%s]' % (tag, body, name_of(cls))


def write(value, depth, budget):
    budget.nodes -= 1
    if budget.nodes < 0:
        return '["c","too many values"]'
    cls = type(value)
    if cls is str:
        return write_text(value, budget)
    if cls is int:
        return write_integer(value)
    if cls is float:
        return '["f","%s"]' % float_repr(value)
    if value is None:
        return "null"
    if cls is bool:
        return "true" if value else "false"
    if cls is dict:
        return write_container(value, cls, "d", dict_items, dict, depth, budget)
    for base, items, tag in sequences:
        if cls is base:
            return write_container(value, cls, tag, items, base, depth, budget)
    return write_other(value, cls, depth, budget)


def write_other(value, cls, depth, budget):
    if cls is collections.OrderedDict:
        return write_container(value, cls, "d", ordered_items, dict, depth, budget)
    if issubclass(cls, dict):
        return write_container(value, cls, "d", dict_items, dict, depth, budget)
    for base, items, tag in sequences:
        if issubclass(cls, base):
            return write_container(value, cls, tag, items, base, depth, budget)
    if issubclass(cls, int):
        return '["I",%s,%s]' % (write_integer(int_plain(value)), name_of(cls))
    if issubclass(cls, float):
        return '["F","%s",%s]' % (float_repr(value), name_of(cls))
    if issubclass(cls, str):
        return '["S",%s,%s]' % (write_text(str_plain(value), budget), name_of(cls))
    if cls in readable:
        text = readable[cls](value)
        if str_length(text) <= 1000:
            return '["o",%s,%s]' % (name_of(cls), quote(text))
    return '["o",%s]' % name_of(cls)


def write_value(value):
    try:
        return write(value, 0, Budget())
    except BaseException as error:
        return '["c",%s]' % quote("unreadable: " + type_name(type(error)))


def message_of(error, cls):
    # A program's own __str__ is not asked: it could loop, or answer differently each time.
    try:
        for base in type_mro(cls):
            if base in builtin_exceptions:
                return str_item(builtin_exceptions[base](error), slice(0, MAX_MESSAGE))
    except BaseException:
        pass
    return ""


def write_exception(error):
    cls = type(error)
    return '{"exception":%s,"message":%s}' % (name_of(cls), quote(message_of(error, cls)))


def untag(value):
    if type(value) is not list:
        return value
    tag = value[0]
    if tag == "i":
        return int(value[1], 16)
    if tag == "f":
        return float(value[1])
    if tag == "d":
        items = [untag(item) for item in value[1]]
        return dict(zip(items[0::2], items[1::2]))
    items = [untag(item) for item in value[1]]
    if tag == "t":
        return tuple(items)
    return set(items) if tag == "s" else items


def load(text):
    """text: [source, [function names]]. Runs the program; answers {} or what went wrong."""
    global namespace
    try:
        source, functions = scan(text, 0)[0]
        module = make_module("answer")
        modules["answer"] = module
        namespace = module_dict(module)
        exec(compile(source, "answer.py", "exec", dont_inherit=True), namespace)
    except BaseException as error:
        restore_interpreter()
        return write_exception(error)
    restore_interpreter()
    for name in functions:
        if name not in namespace:
            return '{"exception":"NameError","message":%s}' % quote("name '" + name + "' is not defined")
    return "{}"


def evaluate(source):
    try:
        try:
            code = compile(source, "<expression>", "eval", dont_inherit=True)
        except SyntaxError:
            code = compile(source, "<expression>", "exec", dont_inherit=True)
        value = eval(code, namespace)
    except BaseException as error:
        restore_interpreter()
        return write_exception(error)
    restore_interpreter()
    return '{"value":' + write_value(value) + ',"after":[]}'


def call(text):
    """text: [function name, arguments, tagged]. Calls it once with arguments that nobody else holds.

    A fourth item, always false, says that what becomes of the arguments is not asked for. A name that is null: the one argument is an expression or statement to run in the program's namespace.
    """
    name, arguments, tagged, *untold = scan(text, 0)[0]
    if name is None:
        return evaluate(arguments[0])
    if tagged:
        arguments = [untag(argument) for argument in arguments]
    try:
        value = dict_get(namespace, name)(*arguments)
    except BaseException as error:
        restore_interpreter()
        return write_exception(error)
    restore_interpreter()
    if untold:
        return '{"value":' + write_value(value) + ',"after":[]}'
    after = str_join(",", [write_value(argument) for argument in arguments])
    return '{"value":' + write_value(value) + ',"after":[' + after + "]}"
