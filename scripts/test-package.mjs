// Packs mixtune, installs the tarball in an empty project, and uses it there as its users do: npm run test:package
// --nodes 22,24 plays the examples on these versions of Node.js, too (npm has them as packages).
import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = fileURLToPath(new URL('..', import.meta.url));
const mostBytes = 90e6;
const place = mkdtempSync(join(tmpdir(), 'mixtune-package-'));
const project = join(place, 'project');
const installed = join(project, 'node_modules', 'mixtune');
const faults = [];
let passed = 0;

function check(what, fault) {
  if (fault === undefined || fault === '') passed += 1;
  else faults.push(`${what}: ${fault}`);
  console.log(`${fault ? 'not ok' : 'ok'} - ${what}${fault ? `\n${fault}` : ''}`);
}

function run(command, args, cwd = project) {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  return { status, said: `${stdout}${stderr}${error ?? ''}` };
}

const filesOf = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));

try {
  mkdirSync(project);
  execFileSync('npm', ['pack', '--silent', '--pack-destination', place], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const tarball = join(
    place,
    readdirSync(place).find((name) => name.endsWith('.tgz')),
  );
  writeFileSync(
    join(project, 'package.json'),
    JSON.stringify({ name: 'project', private: true, type: 'module' }),
  );

  const install = run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', tarball]);
  check('installs', install.status === 0 ? undefined : install.said);
  check('installs without a warning', /warn/i.test(install.said) ? install.said : undefined);
  const bytes = filesOf(join(project, 'node_modules')).reduce((sum, file) => sum + statSync(file).size, 0);
  check(
    `takes ${(bytes / 1e6).toFixed(1)} MB, of ${mostBytes / 1e6}`,
    bytes <= mostBytes ? undefined : 'too much',
  );

  check('has no dead link', deadLinks().join('\n'));
  check('has its JSON Schemas, each with its $id', wrongSchemas().join('\n'));
  const version = run(process.execPath, [join(installed, 'scripts', 'mixtune.mjs'), '--version']);
  check(
    'has a command',
    version.said.trim() === JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version
      ? undefined
      : version.said,
  );

  // The examples' project has what such a project has: TypeScript, Node's types, and Vitest for its own tests.
  mkdirSync(join(project, 'node_modules', '@types'), { recursive: true });
  for (const name of ['@types/node', 'vitest']) {
    const link = join(project, 'node_modules', name);
    if (!existsSync(link)) symlinkSync(join(root, 'node_modules', name), link);
  }
  const examples = writeExamples();
  check(`docs/library.md has six examples`, examples.length === 6 ? undefined : `found ${examples.length}`);
  check('the examples have types, strictly, those of the package included', typeFaults(examples));
  for (const { name, node } of nodes()) {
    for (const example of examples) {
      const { status, said } = play(example, node);
      check(`${name}: ${example.title}`, status === 0 ? undefined : said);
    }
  }
} finally {
  execFileSync(process.execPath, [join(root, 'scripts', 'published-manifest.mjs'), '--restore']);
  rmSync(place, { recursive: true, force: true });
}
console.log(`\n${passed} passed, ${faults.length} failed`);
if (faults.length > 0) process.exitCode = 1;

function deadLinks() {
  return filesOf(installed)
    .filter((file) => file.endsWith('.md') && !file.includes('node_modules/mixtune/node_modules'))
    .flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(/\]\(([^)#\s]+)/g)]
        .map(([, target]) => target)
        .filter((target) => !/^[a-z]+:/.test(target) && !existsSync(join(dirname(file), target)))
        .map((target) => `${file.slice(installed.length + 1)}: ${target}`),
    );
}

function wrongSchemas() {
  return ['job', 'moa-config', 'search-space', 'task'].flatMap((name) => {
    const file = `docs/${name}.schema.json`;
    if (!existsSync(join(installed, file))) return [`${file} is not there`];
    const { $id } = JSON.parse(readFileSync(join(installed, file), 'utf8'));
    return $id === `https://unpkg.com/mixtune/${file}` ? [] : [`${file}: $id ${$id}`];
  });
}

/** Each of the page's programs as a file, beside its JavaScript. */
function writeExamples() {
  const page = readFileSync(join(installed, 'docs', 'library.md'), 'utf8');
  let title = '';
  return [...page.matchAll(/^## (.+)$|^```ts\n([\s\S]+?)^```$/gm)].flatMap(([, heading, program]) => {
    title = heading ?? title;
    if (program === undefined) return [];
    const isTest = program.includes("from 'vitest'");
    const stem = `${title.toLowerCase().replaceAll(/\W+/g, '-')}${isTest ? '.test' : ''}`;
    const file = join(project, `${stem}.ts`);
    writeFileSync(file, program);
    const { outputText } = ts.transpileModule(program, {
      compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 },
    });
    const script = join(project, `${stem}.mjs`);
    writeFileSync(script, outputText);
    return [{ title, file, script, isTest }];
  });
}

function typeFaults(examples) {
  const program = ts.createProgram(
    examples.map(({ file }) => file),
    {
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      skipLibCheck: false,
      noEmit: true,
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      types: ['node'],
      typeRoots: [join(project, 'node_modules', '@types')],
    },
  );
  return ts.formatDiagnostics(
    // Vitest's own declarations are Vitest's to check.
    ts
      .getPreEmitDiagnostics(program)
      .filter(({ file }) => file === undefined || file.fileName.startsWith(project)),
    { getCanonicalFileName: (name) => name, getCurrentDirectory: () => project, getNewLine: () => '\n' },
  );
}

function play({ script, isTest }, node) {
  if (!isTest) return run(node, [script]);
  return run(node, [join(root, 'node_modules', 'vitest', 'vitest.mjs'), 'run', '--root', project, script]);
}

function nodes() {
  const wanted = process.argv[process.argv.indexOf('--nodes') + 1]?.split(',') ?? [];
  const others = process.argv.includes('--nodes') ? wanted : [];
  return [
    { name: `Node.js ${process.versions.node}`, node: process.execPath },
    ...others.map((version) => {
      const folder = join(place, `node-${version}`);
      mkdirSync(folder);
      execFileSync('npm', [
        'install',
        '--prefix',
        folder,
        '--no-audit',
        '--no-fund',
        '--silent',
        `node@${version}`,
      ]);
      const node = join(folder, 'node_modules', 'node', 'bin', 'node');
      return { name: `Node.js ${execFileSync(node, ['--version'], { encoding: 'utf8' }).trim()}`, node };
    }),
  ];
}
