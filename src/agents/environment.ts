/** All that an agent inherits; no variable of ours (NODE_*, NOTIFY_SOCKET, LISTEN_*, ...) reaches a program we start. */
export const fixedPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

export function fixedEnvironment(more: Readonly<Record<string, string>> = {}): Record<string, string> {
  return { PATH: fixedPath, LC_ALL: 'C', ...more }
}
