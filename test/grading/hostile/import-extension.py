# expect: stopped:violation
import importlib.machinery, importlib.util
def f():
    open("/tmp/evil.so", "wb").write(b"\0asm\1\0\0\0")
    loader = importlib.machinery.ExtensionFileLoader("evil", "/tmp/evil.so")
    return importlib.util.module_from_spec(importlib.util.spec_from_loader("evil", loader))
