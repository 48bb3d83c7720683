// Completes package-lock.json with the packages of other platforms. npm leaves out those that the registry in use does not
// offer, and `npm ci` then refuses the lock on every machine whose registry does. Run it after a change of dependencies:
// npm install && node scripts/lock.mjs
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const SYSTEMS = [
  'aix',
  'android',
  'darwin',
  'freebsd',
  'linux',
  'netbsd',
  'openbsd',
  'openharmony',
  'sunos',
  'win32',
];
const PROCESSORS = ['arm64', 'x64', 'ia32', 'arm', 'ppc64', 'riscv64', 's390x', 'loong64', 'wasm32'];

/**
 * The optional packages that a lock's packages name and that the lock does not have, as entries for it.
 * @param {Record<string, {version?: string, dev?: boolean, optionalDependencies?: Record<string, string>}>} packages
 * @returns {[path: string, entry: object][]}
 */
export function missingPackages(packages) {
  return Object.entries(packages).flatMap(([path, { optionalDependencies = {}, dev }]) =>
    Object.entries(optionalDependencies)
      .filter(([name]) => !foldersAbove(path).some((folder) => `${folder}node_modules/${name}` in packages))
      .map(([name, version]) => [`node_modules/${name}`, entryOf(name, version, dev === true)]),
  );
}

/** Where Node looks for what the package at `path` imports: beside it and in every folder of packages above, each with its `/`. */
function foldersAbove(path) {
  const parts = `${path}/`.split(/(?=node_modules\/)/);
  return parts.map((_, i) => parts.slice(0, i + 1).join('')).concat('');
}

function entryOf(name, version, dev) {
  if (!/^\d+\.\d+\.\d+/.test(version))
    throw new Error(`${name} is named with the range ${version}; it can't be locked here`);
  const words = name.split(/[/_.-]/);
  const os = SYSTEMS.filter((system) => words.includes(system));
  const cpu = PROCESSORS.filter((processor) => words.includes(processor));
  const libc = words.some((word) => word.startsWith('musl'))
    ? ['musl']
    : words.some((word) => word.startsWith('gnu'))
      ? ['glibc']
      : [];
  const some = (key, list) => (list.length > 0 ? { [key]: list } : {});
  return {
    version,
    ...some('cpu', cpu),
    ...(dev ? { dev } : {}),
    ...some('libc', libc),
    optional: true,
    ...some('os', os),
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const file = fileURLToPath(new URL('../package-lock.json', import.meta.url));
  const lock = JSON.parse(readFileSync(file, 'utf8'));
  const missing = missingPackages(lock.packages);
  const packages = Object.entries({ ...lock.packages, ...Object.fromEntries(missing) });
  lock.packages = Object.fromEntries(packages.sort(([a], [b]) => (a < b ? -1 : 1)));
  writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
  process.stdout.write(`${missing.length} packages of other platforms added\n`);
}
