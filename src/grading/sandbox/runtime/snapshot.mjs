/**
 * Makes the memory snapshot: boots Pyodide, imports what programs commonly use, loads the harness.
 * Runs only our own code, before any program, so nothing needs to be locked here.
 *
 * node snapshot.mjs <pyodide.mjs> <harness.py> <output file>
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const [pyodideFile, harnessFile, output] = process.argv.slice(2);
// Python shows it as its own name (sys.executable, the variable `_`): where this file is concerns no program.
process.argv[1] = '/bin/python3';
const { loadPyodide } = await import(pathToFileURL(pyodideFile).href);

const pyodide = await loadPyodide({
  _makeSnapshot: true,
  args: [],
  // A fixed hash seed: the order of a set of strings must not differ from run to run.
  env: { HOME: '/home/pyodide', PYTHONHASHSEED: '0', PYTHONDONTWRITEBYTECODE: '1', TZ: 'UTC' },
});

pyodide.FS.writeFile('/tmp/harness.py', readFileSync(harnessFile));
pyodide.runPython(`
import sys
sys.dont_write_bytecode = True
import abc, ast, bisect, builtins, calendar, collections, collections.abc, contextlib, copy, dataclasses, datetime
import decimal, enum, fractions, functools, heapq, inspect, io, itertools, json, logging, math, numbers, operator, os
import random, re, statistics, string, textwrap, time, traceback, types, typing, unicodedata, warnings, _strptime
import hashlib, base64, cmath, array, struct, uuid, pprint, numbers, threading, queue, weakref, secrets, zlib
# Compiled patterns and lazily imported parts are warmed too.
datetime.datetime.strptime('2024-01-31', '%Y-%m-%d')
harness = types.ModuleType('mixtune_harness')
# A private copy: a program that replaces builtins changes its own, not the harness's.
harness.__dict__['__builtins__'] = dict(vars(builtins))
with open('/tmp/harness.py') as file:
    exec(compile(file.read(), '<harness>', 'exec', dont_inherit=True), harness.__dict__)
sys.modules['mixtune_harness'] = harness
os.remove('/tmp/harness.py')
for name in ('harness', 'file', 'name'):
    globals().pop(name, None)
`);
writeFileSync(output, pyodide.makeMemorySnapshot());
process.exit(0);
