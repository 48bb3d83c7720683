/** The engine's name of a Workspace's database with what surrounds it, as it stands in the engine's messages. */
const DATABASE = /`?w_[0-9a-f]{32}`?\.?/g;

/** A message of the engine without the name of the database, which is nobody's business but the server's. */
export function withoutDatabase(message: string): string {
  return message.replace(DATABASE, '');
}
