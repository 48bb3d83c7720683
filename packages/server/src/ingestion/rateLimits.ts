/** Length of a window in milliseconds. */
const WINDOW_MS = 1000;

/** Data Sources whose windows are remembered. Beyond it the oldest window is forgotten, and its Data Source starts afresh. */
const WINDOWS_MAX = 10_000;

/** What a Data Source takes per second; 0 is no limit. */
interface RateLimit {
  requests: number;
  bytes: number;
}

/** The current second of a Data Source. */
interface RateWindow {
  startMs: number;
  requests: number;
  /** Bytes of this window, and what earlier ones took above the limit: a body can be larger than the bytes of a second. */
  bytes: number;
}

/**
 * Counts the requests and bytes of each Data Source per second (EV-17, EV-30, EV-31). A window begins with the first request after the
 * last one has passed. Nothing is made for a request, and memory is bounded for any number of Data Sources.
 */
export class RateLimits {
  private readonly windows = new Map<string, RateWindow>();

  /** @param now milliseconds since 1970 */
  constructor(
    private readonly limit: RateLimit,
    private readonly now: () => number,
  ) {}

  /**
   * Counts a request.
   * @param key the Data Source's id
   * @returns seconds to wait when the limit is reached and the request was not counted, else 0
   */
  take(key: string, bytes: number): number {
    const now = this.now();
    const window = this.windows.get(key) ?? this.newWindow(key, now);
    this.advance(window, now);
    const wait = this.secondsToWait(window);
    if (wait > 0) return wait;
    window.requests += 1;
    window.bytes += bytes;
    return 0;
  }

  /** Requests that are left in the Data Source's current window. */
  remaining(key: string): number {
    return Math.max(0, this.limit.requests - (this.windows.get(key)?.requests ?? 0));
  }

  private newWindow(key: string, startMs: number): RateWindow {
    if (this.windows.size >= WINDOWS_MAX) {
      for (const oldest of this.windows.keys()) {
        this.windows.delete(oldest);
        break;
      }
    }
    const window = { startMs, requests: 0, bytes: 0 };
    this.windows.set(key, window);
    return window;
  }

  private advance(window: RateWindow, now: number): void {
    const passed = now - window.startMs;
    if (passed >= 0 && passed < WINDOW_MS) return;
    // A clock that was set back begins a window, too.
    const seconds = Math.max(1, Math.floor(passed / WINDOW_MS));
    window.bytes = Math.max(0, window.bytes - seconds * this.limit.bytes);
    window.requests = 0;
    window.startMs = now;
  }

  private secondsToWait({ requests, bytes }: RateWindow): number {
    const { limit } = this;
    if (limit.bytes > 0 && bytes >= limit.bytes) return Math.floor(bytes / limit.bytes);
    return limit.requests > 0 && requests >= limit.requests ? 1 : 0;
  }
}
