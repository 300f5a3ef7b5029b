/** authkeys as a file: whoever can read or replace it can give orders to the cluster. */
import { type Complaints, type SourceFile, wholeFile } from './problem.ts'

export function checkKeyFile({ name, mode, uid, isSymlink }: SourceFile, complain: Complaints): void {
  const refuse = (code: 'HA311' | 'HA312' | 'HA313', text: string, why: string, command: string): void =>
    complain.error(code, wholeFile, { text, why, fix: `run: ${command}` })
  if (isSymlink) {
    const mend = `cp --remove-destination "$(readlink -f ${name})" ${name}`
    refuse('HA313', 'the file is a symbolic link', 'whoever can change its target can replace the keys', mend)
  }
  if (uid !== undefined && uid !== 0) {
    refuse('HA312', `the file belongs to user ${uid}`, 'keys belong to root', `chown root:root ${name}`)
  }
  if (mode !== undefined && mode !== 0o600 && mode !== 0o400) {
    const why = (mode & 0o077) === 0 ? 'only root should read and write it' : 'others can reach the keys'
    refuse('HA311', `the permissions are ${mode.toString(8).padStart(4, '0')}, not 0600`, why, `chmod 600 ${name}`)
  }
}
