import type { Logger } from 'pino';

/** Logs that the disk takes no events, once for all requests that are refused until it takes some again. */
export class DiskOutage {
  private refused = 0;

  constructor(private readonly logger: Pick<Logger, 'error' | 'info'>) {}

  /** Takes note of a request whose events could not be written. */
  failed(err: unknown, datasource: string): void {
    this.refused += 1;
    if (this.refused === 1)
      this.logger.error({ err, datasource }, 'events can not be stored: requests are refused until they can');
  }

  /** Takes note of one whose events were. */
  worked(): void {
    if (this.refused === 0) return;
    this.logger.info({ refused: this.refused }, 'events can be stored again');
    this.refused = 0;
  }
}
