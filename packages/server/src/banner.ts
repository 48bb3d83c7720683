import type { Server } from './server.js';

/** What `npm start` ends with: where the server is, where its data is, and two commands to try it. */
export function banner(server: Pick<Server, 'url' | 'dataPath'>): string {
  const { url, dataPath } = server;
  return `
  Goldcrest is running at ${url}
  Data is in ${dataPath}

  Try it (in another terminal):

    TOKEN=$(curl -s ${url}/tokens | grep -o '"workspace_admin_token":"[^"]*' | cut -d'"' -f4)
    curl -s -H "Authorization: Bearer $TOKEN" -X POST ${url}/v0/datasources \\
      -d name=hits --data-urlencode 'schema=ts DateTime \`json:$.ts\`, path String \`json:$.path\`'
    curl -s -H "Authorization: Bearer $TOKEN" '${url}/v0/events?name=hits&wait=true' \\
      -d '{"ts": "2026-01-31 10:00:00", "path": "/"}'
    curl -s -H "Authorization: Bearer $TOKEN" ${url}/v0/sql -d 'SELECT path, count() AS hits FROM hits GROUP BY path'

`;
}
