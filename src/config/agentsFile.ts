/** agents.ini as a file, where a password stands in it. */
import { type Complaints, type SourceFile, wholeFile } from './problem.ts'

export function checkSecretFile({ name, mode, uid }: SourceFile, complain: Complaints): void {
  if (uid !== undefined && uid !== 0) {
    const says = { text: `the file belongs to user ${uid}`, why: 'there is a password in it' }
    complain.error('HA412', wholeFile, { ...says, fix: `run: chown root:root ${name}` })
  }
  if (mode !== undefined && (mode & 0o077) !== 0) {
    const text = `the permissions are ${mode.toString(8).padStart(4, '0')}, and there is a password in it`
    complain.error('HA411', wholeFile, { text, why: 'others can read or change it', fix: `run: chmod 600 ${name}` })
  }
}
