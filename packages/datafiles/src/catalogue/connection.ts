import type { Instruction } from './instruction.js';

/** Buckets that a `.connection` file leads to; brokers are with Kafka. */
export const CONNECTION = {
  S3_REGION: { in: ['connection'], form: 'text', ids: ['DFD-20'], doc: 'Region of the buckets.' },
  S3_ARN: { in: ['connection'], form: 'text', ids: ['DFD-20'], doc: 'Role to take on, instead of a key.' },
  S3_ACCESS_KEY: {
    in: ['connection'],
    form: 'text',
    requiredWith: ['S3_SECRET'],
    ids: ['DFD-20'],
    doc: 'Access key.',
  },
  S3_SECRET: {
    in: ['connection'],
    form: 'text',
    requiredWith: ['S3_ACCESS_KEY'],
    ids: ['DFD-20', 'DFI-05'],
    doc: 'Secret of the access key.',
  },
  GCS_SERVICE_ACCOUNT_CREDENTIALS_JSON: {
    in: ['connection'],
    form: 'text',
    ids: ['DFD-20'],
    doc: "The service account's key file.",
  },
  GCS_HMAC_ACCESS_ID: {
    in: ['connection'],
    form: 'text',
    requiredWith: ['GCS_HMAC_SECRET'],
    ids: ['DFD-20'],
    doc: 'Access id of an HMAC key.',
  },
  GCS_HMAC_SECRET: {
    in: ['connection'],
    form: 'text',
    requiredWith: ['GCS_HMAC_ACCESS_ID'],
    ids: ['DFD-20', 'DFI-05'],
    doc: 'Secret of the HMAC key.',
  },
} as const satisfies Record<string, Instruction>;
