/**
 * The wall between WebAssembly and the host. Everything Python can do to the outside passes through the
 * functions that the WebAssembly module imports; before Pyodide loads they are wrapped, and once the gate is
 * locked only those on the lists below still work. It is never unlocked. Any other call ends the process.
 * Clocks and randomness are not passed through but made up here, equal for equal programs.
 *
 * Plain JavaScript: it runs in a child process, from src as well as from dist.
 */

/** Imports without effect outside the module: memory, clocks, reading in-memory files, exceptions. */
const harmless = new RegExp(
  `^(${[
    'invoke_.*',
    'fd_(read|close|seek|pread|sync|fdstat_get)',
    'clock_res_get',
    'environ_.*',
    '__syscall_(fcntl64|faccessat|chdir|dup|dup3|fstat64|stat64|newfstatat|lstat64|getcwd|getdents64)',
    '__syscall_(ioctl|poll|readlinkat|statfs64|fstatfs64|fadvise64|fdatasync)',
    '_(tzset|timegm|mktime|localtime|gmtime|munmap|mmap|msync)_js',
    'emscripten_(resize_heap|get_heap_max|runtime_keepalive_p.*)',
    '_emscripten_(runtime_keepalive_clear|get_progname)',
    '_Py_emscripten_runtime',
    '_PyEM_TrampolineCall_JS',
    '_try_fcntl64',
    '_maybe_poll_async',
    '__hiwire_deduplicate_.*',
    'JsvError_.*',
    'Jsv_GetError_import',
    'can_run_sync_js',
  ].join('|')})$`,
);

/** Calls that change files: refused as a read-only disk refuses them, which an honest program can handle. */
const changesFiles =
  /^__syscall_(chmod|fchmod|fchmodat2|fchownat|fchown32|mkdirat|mknodat|unlinkat|rmdir|renameat|symlinkat|truncate64|ftruncate64|fallocate|utimensat|fchdir|pipe)$/;

const ends = { exit: 'exit', proc_exit: 'exit', _abort_js: 'abort', __assert_fail: 'a failed assertion' };

/** What a program's clocks show when its job begins: 2026-01-01T00:00:00Z, whatever the day. */
export const jobEpochMs = 1_767_225_600_000;
/**
 * Milliseconds of a program's own time. The interpreter asks about signals after every 52 jumps back and
 * calls of its loop, which takes an ordinary machine 5 to 20 microseconds, and now and then within long
 * work in C (converting integers, regular expressions), which may be as short as 0.1.
 */
const loopTickMs = 0.01;
const otherTickMs = 0.0005;
const clockReadMs = 0.001;
/** Sleep reads this clock until enough has passed. */
const sleepReadMs = 0.05;
/** Where Pyodide 0.29.5 counts down to the next question about signals, and what it counts from. */
const signalCountdown = 3_172_752 >>> 2;
const countdownFrom = 50;

// WASI error numbers, as the C library inside expects them.
const badClock = 28;
const badFile = 8;
const noSpace = 51;
const readOnly = 69;
const createFlag = 0o100;

/**
 * @param {{ memoryBytes: number, fileBytes: number, outputBytes: number, newFiles: number }} limits
 * @param {(cause: 'violation' | 'output' | 'crash' | 'memory', message: string) => never} end
 *   Ends the process at once; nothing of the program runs after it.
 */
export function installGate(limits, end) {
  const gate = {
    locked: false,
    /** Set by the worker once Pyodide is loaded. */
    module: null,
    memoryRefused: false,
    written: 0,
    printed: 0,
    created: 0,
    random: 1,
    /** Time since the job began as its program sees it, and the most it may take. */
    nowMs: 0,
    limitMs: Number.POSITIVE_INFINITY,
    loopTicks: 0,
    advance(ms) {
      gate.nowMs += ms;
      if (gate.nowMs > gate.limitMs) end('time', `did not end within ${gate.limitMs} ms of its own time`);
    },
    /** Each byte of JavaScript's that stands for randomness: seeded, so that equal programs get equal grades. */
    randomByte() {
      gate.random ^= gate.random << 13;
      gate.random ^= gate.random >>> 17;
      gate.random ^= gate.random << 5;
      return gate.random & 255;
    },
    /** Before each job. */
    reset(limitMs = Number.POSITIVE_INFINITY) {
      gate.nowMs = 0;
      gate.limitMs = limitMs;
      gate.loopTicks = 0;
      gate.memoryRefused = false;
      gate.written = 0;
      gate.printed = 0;
      gate.created = 0;
      gate.random = 0x9e3779b9;
    },
  };
  const special = specialImports(gate, limits, end);
  const instantiate = WebAssembly.instantiate;
  const ErrorAtLock = Error;
  WebAssembly.instantiate = (source, imports) => {
    if (gate.locked) throw new ErrorAtLock('the sandbox is locked');
    if (!imports) return instantiate.call(WebAssembly, source, imports);
    const wrapped = { ...imports };
    for (const name of ['env', 'wasi_snapshot_preview1']) {
      // Wrapping the other import modules breaks Node 22 and 24; they hold no functions that do anything.
      if (imports[name]) wrapped[name] = wrapImports(imports[name], gate, special, end);
    }
    return instantiate.call(WebAssembly, source, wrapped);
  };
  const grow = WebAssembly.Memory.prototype.grow;
  WebAssembly.Memory.prototype.grow = function limitedGrow(pages) {
    if (this.buffer.byteLength + pages * 65_536 > limits.memoryBytes) {
      gate.memoryRefused = true;
      throw new RangeError('memory limit');
    }
    return grow.call(this, pages);
  };
  return gate;
}

function wrapImports(imports, gate, special, end) {
  return new Proxy(imports, {
    get(target, key) {
      const original = target[key];
      if (typeof original !== 'function' || typeof key !== 'string') return original;
      const replacement = special[key];
      if (replacement) return (...args) => (gate.locked ? replacement(original, args) : original(...args));
      if (harmless.test(key)) return original;
      if (changesFiles.test(key)) return (...args) => (gate.locked ? -readOnly : original(...args));
      const cause = Object.hasOwn(ends, key) ? 'crash' : 'violation';
      const message = cause === 'crash' ? `the program ended its process: ${ends[key]}` : `called ${key}`;
      return (...args) => (gate.locked ? end(cause, message) : original(...args));
    },
  });
}

/** Imports that are allowed within limits. */
function specialImports(gate, limits, end) {
  return {
    fd_write(original, [fd, vectors, count, writtenPointer]) {
      const words = gate.module.HEAPU32;
      let length = 0;
      for (let i = 0; i < count; i++) length += words[(vectors >>> 2) + 2 * i + 1];
      const stream = gate.module.FS.streams[fd];
      if (!stream) return badFile;
      if (fd === 1 || fd === 2 || !gate.module.FS.isFile(stream.node.mode)) {
        gate.printed += length;
        if (gate.printed > limits.outputBytes) end('output', `printed over ${limits.outputBytes} bytes`);
        words[writtenPointer >>> 2] = length;
        return 0;
      }
      // The files live outside the capped memory, and a write far past the end allocates all before it.
      const start = stream.flags & 0o2000 ? stream.node.usedBytes : stream.position;
      const grown = start + length - stream.node.usedBytes;
      if (gate.written + Math.max(length, grown) > limits.fileBytes) return noSpace;
      gate.written += Math.max(length, grown);
      return original(fd, vectors, count, writtenPointer);
    },
    fd_pwrite: () => readOnly,
    __syscall_openat(original, args) {
      // Creating costs memory outside the cap even when nothing is written.
      if (args[2] & createFlag && ++gate.created > limits.newFiles) return -noSpace;
      return original(...args);
    },
    random_get(_original, [pointer, length]) {
      const bytes = gate.module.HEAPU8;
      for (let i = 0; i < length; i++) bytes[pointer + i] = gate.randomByte();
      return 0;
    },
    // A program lives in time of its own: how far it comes must not depend on how busy the machine is.
    _Py_CheckEmscriptenSignals_Helper() {
      const words = gate.module.HEAP32;
      if (words[signalCountdown] === countdownFrom) {
        // One more, so that a question out of turn is not taken for one in turn.
        words[signalCountdown] = countdownFrom + 1;
        gate.loopTicks++;
        gate.advance(loopTickMs);
      } else {
        gate.advance(otherTickMs);
      }
      return 0;
    },
    clock_time_get(_original, [clock, _precision, pointer]) {
      if (clock > 3) return badClock;
      gate.advance(clockReadMs);
      const ms = clock === 0 ? jobEpochMs + gate.nowMs : gate.nowMs;
      gate.module.HEAP64[pointer >>> 3] = BigInt(Math.round(ms * 1e6));
      return 0;
    },
    emscripten_date_now() {
      gate.advance(clockReadMs);
      return jobEpochMs + gate.nowMs;
    },
    emscripten_get_now() {
      gate.advance(sleepReadMs);
      return gate.nowMs;
    },
  };
}
