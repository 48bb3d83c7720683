#!/usr/bin/env node
const { setFlagsFromString } = require('node:v8');

// The engine's queries run on libuv's thread pool, whose size is read once, before any asynchronous work: loading an
// ES module is such work, so this file is CommonJS and sets the size first.

/** Threads besides those of queries: the engine's control session, files, compression and DNS. */
const OTHER_THREADS = 8;

const flag = /--query-concurrency[= ](\d+)/.exec(process.argv.join(' '))?.[1];
const queries = Number(flag ?? process.env.GOLDCREST_QUERY_CONCURRENCY ?? 8) || 8;
process.env.UV_THREADPOOL_SIZE ??= String(queries + OTHER_THREADS);

// V8 optimises a function when it has run for long enough, counted in bytes of its code. The queries of a dashboard come a few hundred a
// second, and at the usual count a server would answer them unoptimised for its first minutes.
setFlagsFromString('--interrupt-budget=10000');

import('../dist/main.js').then((main) => main.run(process.argv.slice(2)));
