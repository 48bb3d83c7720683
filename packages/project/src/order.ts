import type { PipeDefinition } from '@goldcrest/datafiles';

/**
 * The Pipes, each after those that its SQL mentions, as the server refuses a Pipe that reads what is not there (PS-05). Words are
 * compared, no SQL is read: a word too many only moves a Pipe. Pipes in a circle stay as they are, for the server to refuse.
 */
export function inOrder(pipes: readonly PipeDefinition[]): PipeDefinition[] {
  const byName = new Map(pipes.map((pipe) => [pipe.name, pipe]));
  const ordered = new Set<PipeDefinition>();
  const onTheWay = new Set<PipeDefinition>();
  const add = (pipe: PipeDefinition): void => {
    if (ordered.has(pipe) || onTheWay.has(pipe)) return;
    onTheWay.add(pipe);
    for (const word of wordsOf(pipe)) {
      const read = byName.get(word);
      if (read !== undefined) add(read);
    }
    ordered.add(pipe);
  };
  for (const pipe of pipes) add(pipe);
  return [...ordered];
}

function wordsOf({ nodes }: PipeDefinition): Set<string> {
  return new Set(nodes.flatMap(({ sql }) => sql.text.split(/\W+/)));
}
