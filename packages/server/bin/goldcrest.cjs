#!/usr/bin/env node
// The engine's queries run on libuv's thread pool, whose size is read once, before any asynchronous work: loading an
// ES module is such work, so this file is CommonJS and sets the size first.
process.env.UV_THREADPOOL_SIZE ??= '16';
import('../dist/main.js').then((main) => main.run(process.argv.slice(2)));
