import { pipeline, Readable, type Transform } from 'node:stream';
import * as zlib from 'node:zlib';
import { negotiate } from '@fastify/accept-negotiator';
import type { FastifyInstance, FastifyReply } from 'fastify';

/** Replies shorter than this gain nothing from compression, in bytes. */
const BYTES_MIN = 1024;

/** Takes the time of gzip's default, for a smaller result. */
const BROTLI_QUALITY = 4;

/** `ZSTD_e_flush` of zstd's own interface; Node's constants have it from 22.15 on. */
const ZSTD_FLUSH = 1;

/** Text gains from compression; Parquet is compressed already. */
const COMPRESSIBLE = /^(text\/|application\/(json|x-ndjson)\b)/;

/** How to make a stream that packs with each encoding, the best first. After each piece it gives out all that it holds. */
const packers: Readonly<Record<string, () => Transform>> = {
  ...zstd(),
  br: () =>
    zlib.createBrotliCompress({
      flush: zlib.constants.BROTLI_OPERATION_FLUSH,
      params: { [zlib.constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY },
    }),
  gzip: () => zlib.createGzip({ flush: zlib.constants.Z_SYNC_FLUSH }),
};

/** The encodings that a client may ask for, the best first. */
export const ENCODINGS = Object.keys(packers);

/**
 * Packs replies for clients that accept it (GN-10); a streamed reply still arrives piece by piece. Only the media type decides
 * what is packed: a text may begin with the bytes by which other programs know packed data.
 */
export function compressReplies(app: FastifyInstance): void {
  app.addHook('onSend', ({ method, headers }, reply, payload: unknown, done) => {
    if (!COMPRESSIBLE.test(String(reply.getHeader('content-type') ?? ''))) return done(null, payload);
    const vary = reply.getHeader('Vary');
    reply.header('Vary', vary === undefined ? 'Accept-Encoding' : `${vary}, Accept-Encoding`);
    const packer = isShort(payload) ? null : packerFor(headers['accept-encoding'], reply);
    if (packer === null) return done(null, payload);
    if (!(payload instanceof Readable)) {
      packWhole(packer, payload).then((packed) => done(null, packed), done);
      return;
    }
    // The packed stream ends with the error of the other, which Fastify answers by breaking the connection.
    done(null, method === 'HEAD' ? payload : pipeline(payload, packer, () => {}));
  });
}

/** The stream that packs as the client likes best, of which the reply then tells; null when it takes the reply as it is. */
function packerFor(accepted: string | undefined, reply: FastifyReply): Transform | null {
  if (accepted === undefined) return null;
  const encoding = negotiate(accepted.toLowerCase(), ENCODINGS) ?? '';
  const packer = packers[encoding]?.();
  if (packer === undefined) return null;
  markPacked(reply, encoding);
  return packer;
}

/** What is packed is no longer the same bytes, which a strong ETag would promise. */
function markPacked(reply: FastifyReply, encoding: string): void {
  reply.header('Content-Encoding', encoding).removeHeader('Content-Length');
  const tag = String(reply.getHeader('etag') ?? '');
  if (tag.startsWith('"')) reply.header('ETag', `W/${tag}`);
}

function isShort(payload: unknown): boolean {
  if (typeof payload === 'string') return Buffer.byteLength(payload) < BYTES_MIN;
  if (Buffer.isBuffer(payload)) return payload.length < BYTES_MIN;
  return !(payload instanceof Readable);
}

async function packWhole(packer: Transform, payload: unknown): Promise<Buffer> {
  packer.end(payload);
  return Buffer.concat(await packer.toArray());
}

function zstd(): Record<string, () => Transform> {
  const create: unknown = Reflect.get(zlib, 'createZstdCompress');
  return isCreate(create) ? { zstd: () => create({ flush: ZSTD_FLUSH }) } : {};
}

function isCreate(value: unknown): value is (options: { flush: number }) => Transform {
  return typeof value === 'function';
}
