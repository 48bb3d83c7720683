import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type DatasourceDefinition,
  EXTENSIONS,
  type PipeDefinition,
  type Problem,
  parseDatasource,
  parsePipe,
} from '@goldcrest/datafiles';
import { ProjectError } from './problems.js';

/** What the datafiles of a folder define. (GD-03) */
export interface Project {
  datasources: readonly DatasourceDefinition[];
  pipes: readonly PipeDefinition[];
}

/**
 * Reads every `.datasource` and `.pipe` file below a folder; the files that they include are read with them. (GD-01, GD-03)
 *
 * @param environment values for `${NAME}`; those of the process unless others are given
 * @throws ProjectError with the problems of all files
 */
export async function readProject(
  directory: string,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Promise<Project> {
  const files = await readTexts(directory);
  const options = {
    include: (path: string) => files.get(path),
    expand: (name: string) => environment[name],
  };
  const problems: Problem[] = [];
  const parsed = <Definition>(
    extension: string,
    parse: (
      text: string,
      file: string,
      given: typeof options,
    ) => { definition: Definition; problems: readonly Problem[] },
  ): Definition[] =>
    [...files]
      .filter(([file]) => file.endsWith(extension))
      .map(([file, text]) => {
        const result = parse(text, file, options);
        problems.push(...result.problems);
        return result.definition;
      });
  const datasources = parsed(EXTENSIONS.datasource, parseDatasource);
  const pipes = parsed(EXTENSIONS.pipe, parsePipe);
  if (problems.length > 0) throw new ProjectError(problems);
  return { datasources, pipes };
}

/** The datafiles' texts by their paths in the folder, with `/` between names. */
async function readTexts(directory: string): Promise<Map<string, string>> {
  const paths = (await filesBelow(directory, '')).filter(isDatafile);
  const texts = await Promise.all(
    paths.map(async (path) => [path, await readFile(join(directory, path), 'utf8')] as const),
  );
  return new Map(texts);
}

/** Paths in the folder, by name; hidden folders and installed packages belong to nobody's project. */
async function filesBelow(directory: string, folder: string): Promise<string[]> {
  const entries = await readdir(join(directory, folder), { withFileTypes: true });
  const below = entries
    .filter(({ name }) => !name.startsWith('.') && name !== 'node_modules')
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((entry) => {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      return entry.isDirectory() ? filesBelow(directory, path) : [path];
    });
  return (await Promise.all(below)).flat();
}

function isDatafile(path: string): boolean {
  return Object.values(EXTENSIONS).some((extension) => path.endsWith(extension));
}
