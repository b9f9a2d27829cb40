import process from 'node:process';
import { LeaderboardStore } from '../../src/run/leaderboard/store.ts';

/* Adds the entries of one writer, one after another: node … <runs folder> <entry as JSON> <writer> <how many> */
const [, , runsFolder = '', entry = '', writer = '', count = ''] = process.argv;
const store = new LeaderboardStore(runsFolder);
for (let n = 0; n < Number(count); n++) store.add({ ...JSON.parse(entry), name: `${writer} ${n}` });
