import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { missingPackages } from './lock.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Longest source file and function, in lines. Data is no code. */
const FILE_LINES_MAX = 300;
const FUNCTION_LINES_MAX = 70;
const DATA_FILES =
  /gate\/(allowedFunctions|refusedFunctions)\.ts$|reservedWords\.ts$|databaseErrors\.ts$|\.test\.ts$|catalogue\.ts$/;

/** Which packages may import which. Pure packages import none. */
const MAY_IMPORT: Record<string, string[]> = {
  sql: [],
  datafiles: ['sql'],
  template: ['sql'],
  client: [],
  engine: ['sql'],
  project: ['sql', 'datafiles', 'client'],
  server: ['sql', 'datafiles', 'template', 'engine', 'client'],
};

/** Packages that do no I/O. */
const PURE = ['sql', 'datafiles', 'template'];

const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => file !== '' && existsSync(join(root, file)));
const sources = files.filter((file) => /^(packages|examples|bench|crash|e2e)\/.*\.ts$/.test(file));

function read(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}

test('no source file and no function is too long', () => {
  const long = sources
    .filter((file) => !DATA_FILES.test(file))
    .flatMap((file) => {
      const lines = read(file).split('\n');
      const functions = longFunctions(lines).map(
        ({ name, length }) => `${file}: ${name} has ${length} lines`,
      );
      return lines.length > FILE_LINES_MAX ? [`${file} has ${lines.length} lines`, ...functions] : functions;
    });
  expect(long).toEqual([]);
});

/** Functions and methods that begin at a line's indentation and end at the same one, which the formatter guarantees. */
function longFunctions(lines: string[]): { name: string; length: number }[] {
  return lines.flatMap((line, start) => {
    const match =
      /^(\s*)(?:export )?(?:async )?(?:function\*? |private |static |protected )*(?:async )?(\w+)[(<].*\{$/.exec(
        line,
      );
    const [, indent = '', name = ''] = match ?? [];
    if (match === null || ['if', 'for', 'while', 'switch', 'describe', 'test'].includes(name)) return [];
    const end = lines.findIndex((other, i) => i > start && other === `${indent}}`);
    return end - start > FUNCTION_LINES_MAX ? [{ name, length: end - start + 1 }] : [];
  });
}

test('packages import only what they may, and only through the front door', () => {
  const wrong = sources.flatMap((file) => {
    const own = /^packages\/(\w+)\//.exec(file)?.[1];
    const imported = [...read(file).matchAll(/from '@goldcrest\/([^']+)'/g)].map(([, name = '']) => name);
    if (own === undefined) return [];
    const allowed = MAY_IMPORT[own] ?? [];
    return imported.filter((name) => !allowed.includes(name)).map((name) => `${file} imports ${name}`);
  });
  expect(wrong).toEqual([]);
});

test('pure packages import nothing of Node', () => {
  const impure = sources.filter((file) => {
    return (
      PURE.some((name) => file.startsWith(`packages/${name}/`)) &&
      !file.endsWith('.test.ts') &&
      /from 'node:/.test(read(file))
    );
  });
  expect(impure).toEqual([]);
});

test('nothing outside a server folder imports its routes, except the file that wires them', () => {
  const wrong = sources.filter(
    (file) => /^packages\/server\/src\/\w+\//.test(file) && /from '\.\.\/\w+\/routes\.js'/.test(read(file)),
  );
  expect(wrong).toEqual([]);
});

test('links between documents lead somewhere', () => {
  const broken = files
    .filter((file) => file.endsWith('.md'))
    .flatMap((file) => {
      const links = [...read(file).matchAll(/\]\((?!https?:)([^)#\s]+)(?:#[^)]*)?\)/g)].map(
        ([, link = '']) => link,
      );
      return links
        .filter((link) => !existsSync(resolve(root, dirname(file), link)))
        .map((link) => `${file}: ${link}`);
    });
  expect(broken).toEqual([]);
});

test('the lock has the packages of every platform', () => {
  const { packages } = JSON.parse(read('package-lock.json'));
  expect(missingPackages(packages)).toEqual([]);
});

test('every package has a README', () => {
  const packages = files
    .filter((file) => /^(packages|examples)\/[\w-]+\/package\.json$/.test(file))
    .map(dirname);
  expect(packages.filter((name) => !existsSync(join(root, name, 'README.md')))).toEqual([]);
});

test('the sources hold no leftovers', () => {
  const words = ['TO' + 'DO', 'FIX' + 'ME', 'X' + 'XX', '@ts-' + 'ignore'];
  const left = sources.flatMap((file) =>
    words.filter((word) => read(file).includes(word)).map((word) => `${file}: ${word}`),
  );
  expect(left).toEqual([]);
});
