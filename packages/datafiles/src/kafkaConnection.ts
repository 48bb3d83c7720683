import { SASL_MECHANISMS, SECURITY_PROTOCOLS } from './choices.js';
import type { Fields } from './fields.js';
import type { Printer } from './printer.js';

/** How Kafka's brokers are reached. Values may hold `{{ tb_secret(…) }}`. (DFD-18, DFD-19) */
export interface KafkaConnection {
  bootstrapServers: string | null;
  key: string | null;
  secret: string | null;
  securityProtocol: (typeof SECURITY_PROTOCOLS)[number] | null;
  saslMechanism: (typeof SASL_MECHANISMS)[number] | null;
  /** Path or text of a certificate. */
  sslCaPem: string | null;
  schemaRegistryUrl: string | null;
}

/** Reads the instructions of a connection to Kafka. */
export function readKafkaConnection(fields: Fields): KafkaConnection {
  return {
    bootstrapServers: fields.text('KAFKA_BOOTSTRAP_SERVERS'),
    key: fields.text('KAFKA_KEY'),
    secret: fields.text('KAFKA_SECRET'),
    securityProtocol: fields.choice('KAFKA_SECURITY_PROTOCOL', SECURITY_PROTOCOLS),
    saslMechanism: fields.choice('KAFKA_SASL_MECHANISM', SASL_MECHANISMS),
    sslCaPem: fields.text('KAFKA_SSL_CA_PEM'),
    schemaRegistryUrl: fields.text('KAFKA_SCHEMA_REGISTRY_URL'),
  };
}

/** Prints what `readKafkaConnection` reads. */
export function printKafkaConnection(printer: Printer, connection: KafkaConnection): void {
  printer
    .value('KAFKA_BOOTSTRAP_SERVERS', connection.bootstrapServers)
    .value('KAFKA_SECURITY_PROTOCOL', connection.securityProtocol)
    .value('KAFKA_SASL_MECHANISM', connection.saslMechanism)
    .value('KAFKA_KEY', connection.key)
    .value('KAFKA_SECRET', connection.secret)
    .value('KAFKA_SCHEMA_REGISTRY_URL', connection.schemaRegistryUrl)
    .value('KAFKA_SSL_CA_PEM', connection.sslCaPem);
}
