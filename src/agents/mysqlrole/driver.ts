/** The MySQL protocol, bundled apart: the programs load it when a resource needs it, and start without it. */
export { createConnection } from 'mysql2'
