# expect: returned = str honest
import builtins
for name in ("type", "isinstance", "issubclass", "len", "str", "dict", "list", "int", "id", "repr", "open", "getattr", "compile", "exec", "BaseException"):
    setattr(builtins, name, lambda *a, **k: "forged")
def f():
    return "honest"
