/**
 * The admin token of the default Workspace, which a server hands out to its own machine (PM-03).
 *
 * @param url base URL of the server
 * @throws Error when the server does not; it says what to do
 */
export async function localToken(url: string): Promise<string> {
  const response = await fetch(new URL('/tokens', url));
  const tokens: unknown = response.ok ? await response.json() : null;
  if (typeof tokens === 'object' && tokens !== null && 'workspace_admin_token' in tokens) {
    return String(tokens.workspace_admin_token);
  }
  throw new Error(`${url} does not hand out its tokens (status ${response.status}). Give one with --token.`);
}
