import type { Engine, QueryCost, QueryRequest } from '@goldcrest/engine';
import type { StreamPlace } from './openStreams.js';
import type { HeldResult, OpenResult } from './results.js';

/** What there is of a result before anything of it is sent. */
interface Head {
  bytes: Buffer;
  /** Whether this is all of it. */
  whole: boolean;
}

/**
 * Begins a query whose result is sent while it is made. One that turns out to be small is given whole: what goes wrong with it is then
 * answered with its status, and it can be shared and known again.
 * @param place is left when the result is not needed any more, or when this throws
 * @param headBytes up to how many bytes a result is small
 */
export async function openResult(
  engine: Pick<Engine, 'stream'>,
  run: QueryRequest,
  { place, headBytes }: { place: StreamPlace; headBytes: number },
): Promise<HeldResult | OpenResult> {
  const gone = new AbortController();
  const signals = [place.signal, gone.signal, ...(run.signal === undefined ? [] : [run.signal])];
  let end: (cost: QueryCost | null) => void = () => {};
  const ended = new Promise<QueryCost | null>((resolve) => {
    end = resolve;
  });
  const asked = { ...run, signal: AbortSignal.any(signals), onEnd: end, onGrowth: place.grow };
  const chunks = engine.stream(asked)[Symbol.asyncIterator]();
  const remove = async (): Promise<void> => {
    // A piece that is being waited for comes only when the query has ended.
    gone.abort();
    await chunks.return?.();
    place.leave();
  };
  const read = counting(chunks, place);
  const head = await readHead(read, headBytes).catch(async (error) => {
    await remove();
    throw place.reasonOr(error);
  });
  if (head.whole) {
    const cost = await ended;
    place.leave();
    return { rowsRead: null, bytesRead: null, elapsedSeconds: 0, ...cost, body: head.bytes };
  }
  return { pieces: piecesOf(head.bytes, read, place), ended, remove };
}

/** Gives the next piece. */
type Read = () => Promise<IteratorResult<Uint8Array>>;

/** Not every engine writes a file that tells how long the result is. @throws the reason when it is longer than it may be */
function counting(chunks: AsyncIterator<Uint8Array>, place: StreamPlace): Read {
  let bytes = 0;
  return async () => {
    const piece = await chunks.next();
    bytes += piece.done === true ? 0 : piece.value.length;
    place.count(bytes);
    place.signal.throwIfAborted();
    return piece;
  };
}

/** Reads until a result is not small any more, or to its end. */
async function readHead(read: Read, headBytes: number): Promise<Head> {
  const pieces: Uint8Array[] = [];
  for (let bytes = 0; bytes <= headBytes; ) {
    const piece = await read();
    if (piece.done) return { bytes: Buffer.concat(pieces), whole: true };
    // A copy: a short piece may lie in a large buffer.
    pieces.push(Buffer.from(piece.value));
    bytes += piece.value.length;
  }
  return { bytes: Buffer.concat(pieces), whole: false };
}

async function* piecesOf(head: Uint8Array, read: Read, place: StreamPlace): AsyncGenerator<Uint8Array> {
  yield head;
  try {
    for (;;) {
      const piece = await read();
      if (piece.done) return;
      yield piece.value;
    }
  } catch (error) {
    throw place.reasonOr(error);
  }
}
