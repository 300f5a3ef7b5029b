import { describe, expect, test } from 'vitest'
import { safetyClass } from '../../src/resources/safetyClass.ts'
import { settingsOf } from '../config/reading.ts'

const classOf = (resources: string) => safetyClass(settingsOf({ haResources: `alpha ${resources}\n` }).groups[0]!)

describe('safetyClass', () => {
  test.each([
    '10.0.0.1/24/eth0',
    'IPaddr::10.0.0.1 IPaddr2::10.0.0.2/24/eth0 [2001:db8::10]/64/eth0 IPv6addr::[2001:db8::11]/64',
    'MailTo::root@example.com::moved',
    '10.0.0.1 IPsrcaddr::10.0.0.1 SendArp::10.0.0.1/eth0 MailTo::root@example.com',
    '10.0.0.1 ocf::heartbeat:SendArp::ip=10.0.0.1::nic=eth0',
  ])('%s is wanted at least once', resources => expect(classOf(resources)).toBe('at-least-one'))

  test.each([
    'Filesystem::/dev/drbd0::/data::ext4',
    'drbddisk::r0',
    'LVM::vg0',
    'mariadb',
    'nginx',
    'mailto::root@example.com',
    '10.0.0.1 own-script',
    'own-script 10.0.0.1',
    '10.0.0.1 ocf::heartbeat:mysql',
    '10.0.0.1 ocf::own:MailTo',
    '10.0.0.1 ocf',
    'systemd::MailTo',
  ])('%s is allowed at most once', resources => expect(classOf(resources)).toBe('at-most-one'))
})
