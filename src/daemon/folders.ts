/** Where everything lies unless somebody says otherwise. */
export const usualFolders = { configDir: '/etc/ha.d', stateDir: '/var/lib/tandem', runDir: '/run/tandem' } as const
