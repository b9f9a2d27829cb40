import { homedir, hostname, tmpdir, userInfo } from 'node:os';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import type { PythonValue } from '../../src/grading/grader.ts';
import { createPythonSandbox, describePythonTiers } from '../../src/grading/sandbox/index.ts';
import { thorough } from '../support/thorough.ts';

/** Everything of its surroundings that a program can read, as text. */
const looksAround = `
import gc, inspect, os, sys, sysconfig, traceback, types

def texts(value, depth=0):
    if isinstance(value, str): return [value]
    if isinstance(value, bytes): return [value.decode('latin1')]
    if depth > 3: return []
    if isinstance(value, dict): return [t for pair in list(value.items()) for part in pair for t in texts(part, depth + 1)]
    if isinstance(value, (list, tuple, set, frozenset)): return [t for part in list(value) for t in texts(part, depth + 1)]
    return []

def raised(work):
    try: work()
    except BaseException: return traceback.format_exc()
    return ''

def look():
    found = texts(dict(os.environ)) + texts(dict(os.environb)) + [repr(os.uname()), os.getcwd(), os.getlogin(), os.ctermid()]
    found += texts(sysconfig.get_config_vars()) + texts(sysconfig.get_paths()) + [repr(sys.flags), repr(sys.implementation)]
    for module in list(sys.modules.values()):
        if type(module) is types.ModuleType: found += texts(vars(module))
    for known in gc.get_objects():
        if type(known) in (dict, list, tuple): found += texts(known, 3)
    for root, folders, files in os.walk('/'):
        found += [os.path.join(root, name) for name in folders + files]
        for name in files:
            path = os.path.join(root, name)
            found.append(raised(lambda: found.append(os.readlink(path))))
            # The library's own text is not the host's.
            if not root.startswith('/lib'): found.append(raised(lambda: found.append(open(path, 'rb').read(100000).decode('latin1'))))
    found += [raised(lambda: 1 / 0), raised(lambda: open('/nowhere')), raised(lambda: os.stat('/proc/self/exe'))]
    found += [raised(lambda: __import__('nothing_of_that_name')), raised(lambda: eval('1 +')), raised(lambda: os.execv('/bin/sh', ['sh']))]
    frame = inspect.currentframe()
    while frame:
        found.append(frame.f_code.co_filename)
        found += texts(dict(frame.f_locals), 2)
        frame = frame.f_back
    return found

def hits(*lists):
    found = look()
    # Backwards, or they would be found in the call itself.
    lists = [[word[::-1] for word in backwards] for backwards in lists]
    return [sorted({text[:200] for text in found for word in words if word in text}) for words in lists]
`;

const root = resolve(import.meta.dirname, '../..');
/** What only this machine has. Short words would be found by chance. */
const words = [
  ...[root, process.execPath, process.cwd(), homedir(), tmpdir(), hostname(), userInfo().username],
  ...['node_modules', 'src/grading', 'worker.mjs', 'snapshot.mjs', 'pyodide.mjs', 'gate.mjs', 'mixtune-'],
].filter((word) => word.length > 6);

const tiers = (await describePythonTiers()).filter(({ available }) => available);

it.skipIf(!thorough).each(tiers.map(({ tier }) => tier))(
  'a program on tier %s sees nothing of the host: environment, arguments, modules, files, errors',
  async (tier) => {
    const python = await createPythonSandbox({ tier });
    try {
      const backwards = (texts: readonly string[]): PythonValue => {
        const items = texts.map((text) => ({ type: 'str' as const, value: [...text].reverse().join('') }));
        return { type: 'list', items, className: 'list' };
      };
      const outcome = await python.run({
        source: looksAround,
        // The search does find what is there.
        calls: [{ function: 'hits', args: [backwards(words), backwards(['/lib/python3.13'])] }],
        timeLimitMs: 120_000,
      });
      const known = { items: expect.arrayContaining([expect.anything()]) };
      expect(outcome).toMatchObject({
        kind: 'ran',
        calls: [{ kind: 'returned', value: { items: [{ items: [] }, known] } }],
      });
    } finally {
      await python.close();
    }
  },
  240_000,
);
