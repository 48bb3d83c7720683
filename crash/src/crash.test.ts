import { expect, test } from 'vitest';
import { run } from './run.js';

/** The server is started about thirty times, on a machine that has other things to do. */
const MS_MAX = 120_000;

test(
  '[EV-10] [EV-11] [EV-12] [EV-23] [EV-27] [EV-28] ten kills under load: nothing acknowledged is lost, nothing is doubled, quarantine and views are exact',
  async () => {
    const said: string[] = [];
    const options = { rounds: 10, seed: 7181, faults: false, checkEvery: 10 };
    const { differences, summary } = await run(options, (text) => said.push(text));
    expect(differences, said.join('\n')).toEqual([]);
    expect(summary).toMatch(
      /^10 rounds from seed 7181, .* 0 lost, 0 doubled, 0 strays, 0 wrong reasons, 0 wrong replies, 0 differences in views$/,
    );
  },
  MS_MAX,
);
