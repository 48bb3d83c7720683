import { AddressError, AddressList, EXTERNAL_FUNCTIONS, type ExternalSources } from '@goldcrest/sql';
import Type, { type Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { ConfigError } from '../config/index.js';
import { ApiError } from '../errors/index.js';
import type { ExternalPermission } from './store.js';

/** More addresses than this are better a domain with a star. */
const ADDRESSES_MAX = 100;

const body = Type.Object(
  {
    functions: Type.Array(Type.String()),
    addresses: Type.Array(Type.String(), { maxItems: ADDRESSES_MAX }),
  },
  { additionalProperties: false },
);
const validator = Compile(body);

/**
 * The addresses that the server's operator lets any Workspace allow, from the setting `external-addresses`: entries with commas
 * between.
 * @throws ConfigError for an entry that is no address
 */
export function operatorAddresses(setting: string): AddressList {
  const entries = setting.split(',').map((entry) => entry.trim());
  try {
    return AddressList.parse(entries.filter((entry) => entry !== ''));
  } catch (error) {
    if (!(error instanceof AddressError)) throw error;
    throw new ConfigError(`--external-addresses: ${error.message}`);
  }
}

/**
 * Reads what an admin wants to allow: functions that exist, addresses that the operator lets be allowed.
 * @throws ApiError invalid_body, external_address_refused
 */
export function readPermission(document: unknown, operator: AddressList): ExternalPermission {
  if (!validator.Check(document)) throw invalidBody(document);
  const functions = [...new Set(document.functions.map((name) => name.toLowerCase()))];
  const unknown = functions.find((name) => !EXTERNAL_FUNCTIONS.has(name));
  if (unknown !== undefined) {
    const known = [...EXTERNAL_FUNCTIONS.keys()].join(', ');
    throw ApiError.of('invalid_body', { reason: `${unknown} is no function to allow. There are: ${known}.` });
  }
  return { functions, addresses: readAddresses(document, operator) };
}

function readAddresses({ addresses }: Static<typeof body>, operator: AddressList): readonly string[] {
  try {
    const { entries } = AddressList.parse(addresses);
    const beyond = entries.find((entry) => !operator.covers(entry));
    if (beyond !== undefined) throw ApiError.of('external_address_refused', { address: beyond });
    return entries;
  } catch (error) {
    if (!(error instanceof AddressError)) throw error;
    throw ApiError.of('invalid_body', { reason: error.message }, { cause: error });
  }
}

function invalidBody(document: unknown): ApiError {
  const [first] = validator.Errors(document);
  const reason = `${first?.instancePath ?? ''} ${first?.message ?? 'is wrong'}`.trim();
  return ApiError.of('invalid_body', {
    reason: `${reason}. Send {"functions": ["postgresql"], "addresses": ["db.example.com:5432"]}.`,
  });
}

/** What queries of a Workspace may reach now: what it allows, as far as the operator still does. */
export function sourcesOf(permission: ExternalPermission, operator: AddressList): ExternalSources {
  return {
    functions: new Set(permission.functions),
    addresses: AddressList.parse(permission.addresses.filter((entry) => operator.covers(entry))),
  };
}
