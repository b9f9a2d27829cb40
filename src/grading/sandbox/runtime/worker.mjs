/**
 * One interpreter in one process: reads jobs from standard input, writes frames to standard output.
 *
 * Everything after boot is synchronous: this process never returns to its event loop, so nothing that a
 * program might have scheduled could ever run. End of input ends the process.
 *
 * Frames out: 4 bytes length (little endian, of what follows), 1 byte kind, payload.
 *   R ready · L {} or exception (JSON) · C one call's outcome (JSON) · D done ('retire' when the process
 *   ends now) · S stopped {cause, message}
 * Frames in: 4 bytes length, JSON {load: text, calls: [text], limitMs: number}.
 *
 * Plain JavaScript: it runs in a child process, from src as well as from dist.
 */
import { constants, readFileSync, readSync, writeSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { takeFilePicture } from './file-picture.mjs';
import { installGate, jobEpochMs } from './gate.mjs';

const settings = JSON.parse(process.argv[2]);
// What Python takes for its own name; the same as in the snapshot.
process.argv[1] = '/bin/python3';
const exit = process.reallyExit.bind(process);
const encoder = new TextEncoder();
const decoder = new TextDecoder();

function send(kind, text) {
  const payload = encoder.encode(text);
  const frame = new Uint8Array(5 + payload.length);
  new DataView(frame.buffer).setUint32(0, 1 + payload.length, true);
  frame[4] = kind.charCodeAt(0);
  frame.set(payload, 5);
  let sent = 0;
  while (sent < frame.length) sent += writeSync(1, frame, sent);
}

function end(cause, message) {
  send('S', JSON.stringify({ cause, message: String(message).slice(0, 300) }));
  exit(3);
  throw message;
}

function readExactly(length) {
  const bytes = new Uint8Array(length);
  let got = 0;
  while (got < length) {
    const read = readSync(0, bytes, got, length - got, null);
    if (read === 0) exit(0);
    got += read;
  }
  return bytes;
}

function readJob() {
  const length = new DataView(readExactly(4).buffer).getUint32(0, true);
  return JSON.parse(decoder.decode(readExactly(length)));
}

const gate = installGate(settings.limits, end);
const pyodide = await boot();
const python = pyodide._module;
const { FS } = python;
const load = harnessFunction('load');
const call = harnessFunction('call');
python._PyRun_SimpleString(python.stringToNewUTF8("import sys\ndel sys.modules['mixtune_harness'], sys\n"));
gate.module = python;
python.HEAP32[python._Py_EMSCRIPTEN_SIGNAL_HANDLING >>> 2] = 1;
makeReadOnly(FS.root, '/');
closeDevices();
dropGlobals();
// The in-memory files stamp themselves with it.
Date.now = () => jobEpochMs + gate.nowMs;
gate.locked = true;
gate.reset();

// One job before the picture is taken, so that whatever is set up lazily is set up.
ask(
  load,
  '["def f(a):\\n    for _ in range(5200): pass\\n    return {\\"a\\": [a, 1.5, (2,), {3}]}\\n", ["f"]]',
);
ask(call, '["f", [[{"b": 1}]], false]');
// Its loop alone takes a hundred. A program's time would otherwise stand still, or run away, unnoticed.
if (gate.loopTicks < 100 || gate.loopTicks > 150) throw new Error(`the loop ticked ${gate.loopTicks} times`);
const memory = python.HEAPU8.slice();
const stack = python.stackSave();
const restoreFiles = takeFilePicture(FS);

send('R', '');
for (;;) {
  const job = readJob();
  runJob(job);
  // Growth can not be undone, and clearing a large memory after each job costs more than a new process.
  if (python.HEAPU8.length > memory.length + settings.retireAfterGrowth) {
    send('D', 'retire');
    exit(0);
  }
  send('D', '');
  restore();
}

async function boot() {
  if (process.permission) {
    // Pyodide asks for these in a way that the permission flag forbids.
    process.binding = (name) => {
      if (name === 'constants') return { fs: constants };
      throw new Error(`no binding ${name}`);
    };
  }
  // Looking at process.stdin would make it non-blocking, and this process reads it as plain file 0.
  for (const [fd, name] of ['stdin', 'stdout', 'stderr'].entries()) {
    Object.defineProperty(process, name, { value: { fd, isTTY: false } });
  }
  // Standard output carries frames only.
  for (const name of ['log', 'info', 'warn', 'error', 'debug', 'trace']) console[name] = () => {};
  const { loadPyodide } = await import(pathToFileURL(settings.pyodide).href);
  const nothing = { stdin: () => null };
  const loaded = await loadPyodide({
    // Its last 32 bytes are a digest, checked by the parent.
    _loadSnapshot: readFileSync(settings.snapshot).subarray(0, -32),
    jsglobals: Object.create(null),
    env: {},
  });
  loaded.setStdin(nothing);
  loaded.setStdout({ write: (bytes) => bytes.length });
  loaded.setStderr({ write: (bytes) => bytes.length });
  return loaded;
}

/** The harness's function as a bare pointer: nothing that a program can rename or replace. */
function harnessFunction(name) {
  const module = python._PyImport_AddModule(python.stringToNewUTF8('mixtune_harness'));
  const pointer = python._PyObject_GetAttrString(module, python.stringToNewUTF8(name));
  if (!pointer) throw new Error(`the snapshot has no ${name}`);
  return pointer;
}

/** All files and folders but /tmp; no call that could change the modes back passes the gate. */
function makeReadOnly(node, path) {
  node.atime = node.mtime = node.ctime = jobEpochMs;
  // Devices keep nothing of what is written to them, and /dev/null is for that.
  if (path === '/tmp' || FS.isChrdev(node.mode)) return;
  node.mode &= ~0o222;
  if (!FS.isDir(node.mode) || !node.contents) return;
  for (const [name, child] of Object.entries(node.contents)) {
    makeReadOnly(child, path === '/' ? `/${name}` : `${path}/${name}`);
  }
}

/**
 * Devices that are empty to read and swallow what is written, but for those that give random bytes. As they
 * come, reading /dev/tty reads this process's standard input, where the next job is waiting.
 */
function closeDevices() {
  for (const node of Object.values(FS.lookupPath('/dev').node.contents)) {
    if (!FS.isChrdev(node.mode)) continue;
    const device = FS.getDevice(node.rdev);
    const isRandom = /random$/.test(node.name);
    device.stream_ops = {
      read(_stream, buffer, offset, length) {
        if (!isRandom) return 0;
        for (let i = 0; i < length; i++) buffer[offset + i] = gate.randomByte();
        return length;
      },
      write: (_stream, _buffer, _offset, length) => length,
      llseek: device.stream_ops.llseek,
    };
  }
}

/** Belt and braces: nothing should ever run JavaScript here, and what did would find little. */
function dropGlobals() {
  const globals =
    'fetch WebSocket EventSource Worker Function eval require navigator WebAssembly Request Response';
  for (const name of globals.split(' ')) delete globalThis[name];
  const inProcess = 'binding _linkedBinding dlopen kill env mainModule getBuiltinModule chdir setuid abort';
  for (const name of inProcess.split(' ')) {
    try {
      Object.defineProperty(process, name, { value: undefined, configurable: false });
    } catch {
      // Not there, or fixed, on this version of Node.
    }
  }
}

function ask(pointer, text) {
  const bytes = encoder.encode(text);
  const buffer = python._PyMem_RawMalloc(bytes.length + 1);
  if (!buffer) end('memory', 'no memory left for the arguments');
  python.HEAPU8.set(bytes, buffer >>> 0);
  const argument = python._PyUnicode_FromStringAndSize(buffer, bytes.length);
  python._PyMem_RawFree(buffer);
  const result = argument && python._PyObject_CallOneArg(pointer, argument);
  const size = python._PyMem_RawMalloc(4);
  const start = result && size && python._PyUnicode_AsUTF8AndSize(result, size);
  if (!start) end(gate.memoryRefused ? 'memory' : 'crash', 'the interpreter gave no result');
  const from = start >>> 0;
  const answer = decoder.decode(python.HEAPU8.subarray(from, from + python.HEAPU32[size >>> 2]));
  python._PyMem_RawFree(size);
  python._Py_DecRef(result);
  python._Py_DecRef(argument);
  return answer;
}

function runJob(job) {
  gate.reset(job.limitMs);
  try {
    const loaded = ask(load, job.load);
    send('L', loaded);
    if (loaded !== '{}') return;
    for (const text of job.calls) send('C', ask(call, text));
  } catch (error) {
    const message = error instanceof RangeError ? 'the stack overflowed' : `the interpreter failed: ${error}`;
    end(gate.memoryRefused ? 'memory' : 'crash', message);
  }
}

/** Back to the picture: memory, stack, and all that the in-memory file system holds. */
function restore() {
  const heap = python.HEAPU8;
  heap.set(memory);
  if (heap.length > memory.length) heap.fill(0, memory.length);
  python.stackRestore(stack);
  restoreFiles();
}
