/** A place on the network, as an allow-list names it: lower-case host and port. */
export interface Address {
  host: string;
  port: number;
}

/** An entry of an allow-list that can't be used; the message says what one looks like. */
export class AddressError extends Error {
  override name = 'AddressError';
}

/** Labels of letters, digits, hyphens and underscores; no empty one, so no dot at the end. */
const NAME = /^[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*$/;
const NAME_MAX = 253;
/** A last label that some resolvers would read as a number, and the name with it as an IP address. */
const NUMERIC_END = /(?:^|\.)(?:\d+|0x[0-9a-f]*)$/;
const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;
/** In brackets; compared as text, so it has to be written as it is listed. */
const IPV6 = /^\[[0-9a-f:]+(?:\.[0-9.]+)?\]$/;
/** Endings of names that mean a machine of the own network: only whole names of these can be listed. */
const LOCAL_NAME = /(?:^|\.)(?:localhost|local|internal|localdomain|home\.arpa|svc|cluster\.local)$/;
const WILDCARD = '*.';

/** Reads `host:port`. @returns undefined for anything else, e.g. several hosts, a user name, or a number for an IP address */
export function parseHostPort(text: string, defaultPort?: number): Address | undefined {
  const match = /^(\[[^\]]*\]|[^:]*)(?::(\d{1,5}))?$/.exec(text);
  const host = match?.[1]?.toLowerCase() ?? '';
  const port = match?.[2] === undefined ? defaultPort : Number(match[2]);
  if (!isHost(host) || port === undefined || port < 1 || port > 65_535) return undefined;
  return { host, port };
}

function isHost(host: string): boolean {
  if (host.startsWith('[')) return IPV6.test(host);
  if (NUMERIC_END.test(host)) return IPV4.test(host);
  return host.length <= NAME_MAX && NAME.test(host);
}

/** The hosts and ports that may be reached: of the server, or of one Workspace within them. Empty means none. */
export class AddressList {
  /** @param entries as `parse` checked them, e.g. `db.example.com:5432` and `*.example.com:443` */
  private constructor(readonly entries: readonly string[]) {}

  /** Nothing may be reached. */
  static readonly none = new AddressList([]);

  /**
   * Reads entries `host:port` or `*.domain:port`. A star stands for one label or more, never for IP addresses, and not for
   * names of the own network, which have to be listed literally.
   *
   * @throws AddressError for the first entry that is neither
   */
  static parse(entries: readonly string[]): AddressList {
    return new AddressList([...new Set(entries.map(readEntry))]);
  }

  /** True when the address is listed, or is a name below a listed domain with that port. */
  allows({ host, port }: Address): boolean {
    return this.entries.some((entry) => {
      if (!entry.startsWith(WILDCARD)) return entry === `${host}:${port}`;
      return !NUMERIC_END.test(host) && !isLocal(host) && `${host}:${port}`.endsWith(entry.slice(1));
    });
  }

  /** True when all that an entry stands for is allowed here too. */
  covers(entry: string): boolean {
    if (this.entries.includes(entry)) return true;
    if (entry.startsWith(WILDCARD)) {
      return this.entries.some((own) => own.startsWith(WILDCARD) && entry.endsWith(own.slice(1)));
    }
    const address = parseHostPort(entry);
    return address !== undefined && this.allows(address);
  }
}

function isLocal(host: string): boolean {
  return LOCAL_NAME.test(host) || !host.includes('.');
}

function readEntry(text: string): string {
  const wildcard = text.startsWith(WILDCARD);
  const address = parseHostPort(wildcard ? text.slice(WILDCARD.length) : text);
  if (address === undefined) {
    throw new AddressError(
      `\`${text}\` is not an address. Write host:port, for example db.example.com:5432, or *.example.com:443 for all names below a domain.`,
    );
  }
  const { host, port } = address;
  if (!wildcard) return `${host}:${port}`;
  if (NUMERIC_END.test(host) || host.startsWith('[') || isLocal(host)) {
    throw new AddressError(
      `\`${text}\` stands for too much. A star needs a domain of two parts or more, such as *.example.com:443, and names of the own network are listed one by one.`,
    );
  }
  return `${WILDCARD}${host}:${port}`;
}
