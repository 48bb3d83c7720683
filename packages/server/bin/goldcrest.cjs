#!/usr/bin/env node
// The engine's queries run on libuv's thread pool, whose size is read once, before any asynchronous work: loading an
// ES module is such work, so this file is CommonJS and sets the size first.

/** Threads besides those of queries: the engine's control session, files, compression and DNS. */
const OTHER_THREADS = 8;

const flag = /--query-concurrency[= ](\d+)/.exec(process.argv.join(' '))?.[1];
const queries = Number(flag ?? process.env.GOLDCREST_QUERY_CONCURRENCY ?? 8) || 8;
process.env.UV_THREADPOOL_SIZE ??= String(queries + OTHER_THREADS);

import('../dist/main.js').then((main) => main.run(process.argv.slice(2)));
