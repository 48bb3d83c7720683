import fastify from 'fastify';

/** The least that a server of events can do: read the body and accept it. */
const app = fastify({ logger: false, bodyLimit: 10 * 1024 * 1024 });
app.removeAllContentTypeParsers();
app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
app.post('/v0/events', (_request, reply) =>
  reply.code(202).send({ successful_rows: 1, quarantined_rows: 0 }),
);
process.on('message', () => process.exit(0));
const url = await app.listen({ host: '127.0.0.1', port: 0 });
process.send?.(url);
