// Runs the README's first command and writes what it prints into the README (--check: compares instead).
// Only the run's name, which holds the time, is replaced.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const readme = join(root, 'README.md');
const marks = /(<!-- transcript:start[^>]*-->\n)[\s\S]*?(<!-- transcript:end -->)/;

const folder = mkdtempSync(join(tmpdir(), 'mixtune-readme-'));
let printed;
try {
  symlinkSync(join(root, 'tasks'), join(folder, 'tasks'));
  symlinkSync(join(root, 'search-spaces'), join(folder, 'search-spaces'));
  // Keys and local models of the person who runs this must not decide which models are tuned.
  const env = {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    MIXTUNE_HOME: join(folder, 'home'),
    NO_COLOR: '1',
    COLUMNS: '110',
  };
  const run = spawnSync(process.execPath, [join(root, 'dist/cli/main.js'), 'tune', 'code-challenge'], {
    cwd: folder,
    env,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  if (run.status !== 0) throw new Error(`tune ended with ${run.status}:\n${run.stderr}`);
  printed = run.stdout.replaceAll(/code-challenge-\d{8}-\d{6}/g, 'code-challenge-20261121-220000');
} finally {
  rmSync(folder, { recursive: true });
}

const text = readFileSync(readme, 'utf8');
const wanted = text.replace(
  marks,
  (_, start, end) =>
    `${start}\`\`\`text\n$ npx mixtune tune code-challenge\n${printed.trimEnd()}\n\`\`\`\n${end}`,
);
if (!process.argv.includes('--check')) {
  writeFileSync(readme, wanted);
} else if (wanted !== text) {
  process.stderr.write(
    `README.md: the transcript is not what the command prints; npm run readme mends it. It printed:\n${printed}`,
  );
  process.exitCode = 1;
} else {
  process.stdout.write('README.md: the transcript is true\n');
}
