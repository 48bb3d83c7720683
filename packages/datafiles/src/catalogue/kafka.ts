import { OFFSET_RESETS, SASL_MECHANISMS, SECURITY_PROTOCOLS } from '../choices.js';
import type { Instruction } from './instruction.js';

const CONNECTION_PLACES = ['datasource', 'connection'] as const;

/** Reading a Kafka topic, and the connection to its brokers. */
export const KAFKA = {
  KAFKA_CONNECTION_NAME: {
    in: ['datasource'],
    form: 'text',
    requiredWith: ['KAFKA_TOPIC'],
    ids: ['DFD-18'],
    doc: 'The connection to read through.',
  },
  KAFKA_TOPIC: {
    in: ['datasource'],
    form: 'text',
    requiredWith: ['KAFKA_GROUP_ID'],
    ids: ['DFD-18'],
    doc: 'The topic to read.',
  },
  KAFKA_GROUP_ID: {
    in: ['datasource'],
    form: 'text',
    requiredWith: ['KAFKA_TOPIC'],
    ids: ['DFD-18'],
    doc: 'The consumer group to read in.',
  },
  KAFKA_BOOTSTRAP_SERVERS: {
    in: CONNECTION_PLACES,
    form: 'text',
    requiredWith: ['TYPE kafka'],
    ids: ['DFD-18'],
    doc: 'Brokers as `host:port`, with commas between; in a Data Source, makes a new connection.',
  },
  KAFKA_KEY: { in: CONNECTION_PLACES, form: 'text', ids: ['DFD-18', 'DFI-06'], doc: 'User name.' },
  KAFKA_SECRET: { in: CONNECTION_PLACES, form: 'text', ids: ['DFD-18', 'DFI-06'], doc: 'Password.' },
  KAFKA_SECURITY_PROTOCOL: {
    in: CONNECTION_PLACES,
    form: 'choice',
    values: SECURITY_PROTOCOLS,
    ids: ['DFD-18'],
    doc: 'How the wire is protected.',
  },
  KAFKA_SASL_MECHANISM: {
    in: CONNECTION_PLACES,
    form: 'choice',
    values: SASL_MECHANISMS,
    default: 'PLAIN',
    ids: ['DFD-19', 'DFI-06'],
    doc: 'How the brokers know the user.',
  },
  KAFKA_SSL_CA_PEM: {
    in: CONNECTION_PLACES,
    form: 'text',
    ids: ['DFD-19', 'DFI-06'],
    doc: "Path or text of the certificate authority's certificate, for brokers with one of their own.",
  },
  KAFKA_SCHEMA_REGISTRY_URL: {
    in: CONNECTION_PLACES,
    form: 'text',
    ids: ['DFD-19'],
    doc: 'Where the schemas of Avro messages are.',
  },
  KAFKA_AUTO_OFFSET_RESET: {
    in: ['datasource'],
    form: 'choice',
    values: OFFSET_RESETS,
    default: 'latest',
    ids: ['DFD-19'],
    doc: 'Where a new consumer group starts.',
  },
  KAFKA_STORE_RAW_VALUE: {
    in: ['datasource'],
    form: 'flag',
    default: 'False',
    ids: ['DFD-19'],
    doc: 'Keep the whole message in `__value`.',
  },
  KAFKA_STORE_HEADERS: {
    in: ['datasource'],
    form: 'flag',
    default: 'False',
    ids: ['DFD-19'],
    doc: 'Keep the headers in `__headers`.',
  },
  KAFKA_STORE_BINARY_HEADERS: {
    in: ['datasource'],
    form: 'flag',
    default: 'True',
    ids: ['DFD-19'],
    doc: 'Keep them as `Map(String, String)`; counts only with `KAFKA_STORE_HEADERS`.',
  },
  KAFKA_TARGET_PARTITIONS: {
    in: ['datasource'],
    form: 'text',
    ids: ['DFD-19'],
    doc: 'Accepted for older projects: `auto` or a number.',
  },
  KAFKA_KEY_AVRO_DESERIALIZATION: {
    in: ['datasource'],
    form: 'text',
    ids: ['DF-04', 'DFD-19'],
    doc: 'How Avro keys of messages are read.',
  },
} as const satisfies Record<string, Instruction>;
