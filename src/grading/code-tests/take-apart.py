"""Takes tests apart into statements, in an interpreter of its own; runner.py runs them."""

import ast
import builtins

DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
# Statements that only prepare a test.
SILENT = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef, ast.Assign, ast.AnnAssign, ast.AugAssign)
# What ties code to the function it stands in.
TIED = (ast.Return, ast.Nonlocal, ast.Global, ast.Yield, ast.YieldFrom)


class Lenient(ast.NodeTransformer):
    """Evaluates what is asserted, and goes on whatever comes of it."""

    def visit_Assert(self, node):
        handler = ast.ExceptHandler(type=None, name=None, body=[ast.Pass()])
        return ast.Try(body=[ast.Expr(node.test)], handlers=[handler], orelse=[], finalbody=[])


class Names(ast.NodeVisitor):
    def __init__(self):
        self.used = []
        self.bound = set(dir(builtins))

    def generic_visit(self, node):
        if isinstance(node, ast.Name):
            if isinstance(node.ctx, ast.Load):
                self.used.append(node.id)
            else:
                self.bound.add(node.id)
        elif isinstance(node, DEFINITIONS):
            self.bound.add(node.name)
        elif isinstance(node, ast.arg):
            self.bound.add(node.arg)
        elif isinstance(node, ast.alias):
            self.bound.add((node.asname or node.name).split(".")[0])
        elif isinstance(node, ast.ExceptHandler) and node.name:
            self.bound.add(node.name)
        super().generic_visit(node)


def statement(node):
    """[source, the same but lenient, whether it tests], nothing for what has no effect."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return []
    if isinstance(node, ast.Assert) and isinstance(node.test, ast.Constant) and node.test.value:
        return []
    bare = isinstance(node, ast.Expr) and isinstance(node.value, ast.Name)
    source = ast.unparse(node)
    several = any(isinstance(each, (ast.For, ast.While, ast.FunctionDef)) for each in ast.walk(node))
    lenient = ast.unparse(Lenient().visit(node)) if several else source
    return [[source, lenient, not (isinstance(node, SILENT) or bare)]]


def line(source, tests):
    return [source, source, tests]


def is_tied(body):
    """Whether a function's own code, nested functions left out, makes sense inside a function only."""
    for node in body:
        if isinstance(node, TIED):
            return True
        if not isinstance(node, (*DEFINITIONS, ast.Lambda)) and is_tied(ast.iter_child_nodes(node)):
            return True
    return False


def is_check(node):
    return isinstance(node, ast.FunctionDef) and node.name == "check" and len(node.args.args) == 1


def is_case(node):
    return isinstance(node, ast.ClassDef) and any(ast.unparse(base).endswith("TestCase") for base in node.bases)


def is_test_function(node):
    return isinstance(node, ast.FunctionDef) and node.name.startswith("test")


def is_main_block(node):
    return isinstance(node, ast.If) and "__name__" in ast.unparse(node.test)


def of_check(node, entry):
    """A check(candidate) as its statements, where they can stand alone."""
    if is_tied(node.body):
        return [*statement(node), line("check(%s)" % entry, True)]
    units = [line("%s = %s" % (node.args.args[0].arg, entry), False)]
    for each in node.body:
        units += statement(each)
    return units


def of_tree(tree, entry):
    checks = [node for node in tree.body if is_check(node)] if entry is not None else []
    units = []
    for node in tree.body:
        calls_check = isinstance(node, ast.Expr) and ast.unparse(node).startswith("check(")
        if node not in checks and not (checks and calls_check) and not is_main_block(node):
            units += statement(node)
    for node in checks:
        units += of_check(node, entry)
    for node in tree.body:
        if is_test_function(node) and not node.args.args:
            units.append(line("%s()" % node.name, True))
        if is_case(node):
            methods = [each.name for each in node.body if is_test_function(each)]
            units += [line("%s(%r).debug()" % (node.name, name), True) for name in methods]
    return units


def take_apart(texts, setup, entry):
    """The statements, and the names they use that neither they nor the setup define."""
    names = Names()
    names.visit(ast.parse(setup))
    names.used.clear()
    units = []
    for text in texts:
        tree = ast.parse(text)
        names.visit(tree)
        units += of_tree(tree, entry)
    return [units, [name for name in dict.fromkeys(names.used) if name not in names.bound]]
