import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compiledProgram } from '../support/compiled-program.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { thorough } from '../support/thorough.ts';

const scratch = temporaryFolder('full-disk');
const disk = join(scratch, 'disk');

/** What a shell's commands say where `$DISK` is a disk of so many KiB, empty as yet, and `mixtune` this tree's. */
function onDisk(kib: number, script: string): string {
  const mixtune = `mixtune() { '${process.execPath}' '${compiledProgram('src/cli/main.ts')}' "$@"; }`;
  const fill = 'fill() { cat /dev/zero > "$DISK/fill" 2>/dev/null; }';
  const { stdout } = spawnSync(
    'bwrap',
    [
      ...['--dev-bind', '/', '/', '--proc', '/proc', '--size', String(kib * 1024), '--tmpfs', disk],
      ...['sh', '-c', `cd '${scratch}'\n${mixtune}\n${fill}\nexec 2>&1\n${script}`],
    ],
    { encoding: 'utf8', env: { ...process.env, DISK: disk, MIXTUNE_HOME: join(scratch, 'home') } },
  );
  return stdout;
}

const canBeSmall =
  spawnSync('bwrap', ['--dev-bind', '/', '/', '--size', '65536', '--tmpfs', '/run', 'true']).status === 0;

describe.skipIf(!thorough || !canBeSmall)('a full disk (bubblewrap makes one)', () => {
  it('is told with the file, and an import or a run begins as if nothing had been once there is room', () => {
    const rows = Array.from({ length: 300 }, (_, n) => `What is ${n} and ${n}?,${2 * n}`);
    writeFileSync(join(scratch, 'sums.csv'), `q,a\n${rows.join('\n')}\n`);
    const out = onDisk(
      600,
      `import() { mixtune task import sums.csv --name sums --input q --gold a --out "$DISK/tasks"; echo "import $?"; }
      tune() { mixtune tune code-challenge --max-evaluations 2 --run a --runs-dir "$DISK/runs"; echo "tune $?"; }
      fill; import; tune; ls -A "$DISK/tasks/sums" "$DISK/runs"
      rm "$DISK/fill"; import; tune`,
    );
    const full = 'expected a disk that can be written (free it, and try again), found ENOSPC';
    expect(out).toContain(`${join(disk, 'tasks/sums/task.yaml')}: ${full}`);
    expect(out).toContain(`${join(disk, 'runs/a/manifest.json')}: ${full}`);
    expect(out).toContain(`${disk}/runs:\n\n${disk}/tasks/sums:\nsums: 300 instances`);
    expect(out.match(/^(?:import|tune) \d+$/gm)).toEqual(['import 1', 'tune 1', 'import 0', 'tune 0']);
  });

  it('pauses a run, also where its journal cannot be opened, and it goes on to the very same front', () => {
    const out = onDisk(
      1_200,
      `left() { truncate -s "-$1"K "$DISK/fill"; }
      mixtune tune code-challenge --max-evaluations 3 --run whole --runs-dir '${scratch}/whole' > /dev/null
      fill; left 24; mixtune tune code-challenge --max-evaluations 3 --run a --runs-dir "$DISK"; echo "code $?"
      left 120; mixtune resume a --runs-dir "$DISK"; echo "code $?"
      rm "$DISK/fill"; mixtune resume a --runs-dir "$DISK" > /dev/null; echo "code $?"
      for run in "$DISK/a" '${scratch}/whole/whole'; do sed 's/"run": ".*"//' "$run/front.json" | sha256sum; done`,
    );
    const paused = `${join(disk, 'a/journal.sqlite')}: cannot write the journal (`;
    expect(out.split(paused)).toHaveLength(3);
    expect(out.match(/^code \d+$/gm)).toEqual(['code 1', 'code 1', 'code 0']);
    const fronts = out.match(/^[0-9a-f]{64}/gm);
    expect(fronts).toHaveLength(2);
    expect(fronts?.[1]).toBe(fronts?.[0]);
  });
});
