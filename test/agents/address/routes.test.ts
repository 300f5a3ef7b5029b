import { expect, test } from 'vitest'
import { routesTo4 } from '../../../src/agents/address/routes.ts'

const none = '[ ]'
const connected = '{"dst":"10.0.0.0/16","dev":"eth0","prefsrc":"10.0.0.1"}'
const byGateway = '{"dst":"default","gateway":"10.0.0.254","dev":"eth1"}'

test('one address is asked for by itself', () => {
  const asked = routesTo4(['10.0.0.9'])
  expect(asked.lines).toEqual(['route show to match 10.0.0.9\n'])
  const routes = asked.read([`[${byGateway},${connected}]`])
  expect(routes.get('10.0.0.9')?.map(({ device, prefix }) => [device, prefix])).toEqual([
    ['eth0', 16],
    ['eth1', 0],
  ])
})

test('neighbours together: what leads to all of them, and what leads to some', () => {
  const asked = routesTo4(['10.0.1.9', '10.0.2.9', '10.0.1.200'])
  expect(asked.lines).toEqual([
    'route show to match 10.0.1.0/24\n',
    'route show to root 10.0.1.0/24\n',
    'route show to match 10.0.2.9\n',
  ])
  const upper = '[{"dst":"10.0.1.128/25","dev":"eth2"}]'
  const routes = asked.read([`[${byGateway},${connected}]`, upper, none, '[{"ifindex":1}]'])
  const seen = (address: string) => routes.get(address)?.map(({ device, prefix }) => [device, prefix])
  expect(seen('10.0.1.9')).toEqual([
    ['eth0', 16],
    ['eth1', 0],
  ])
  expect(seen('10.0.1.200')).toEqual([
    ['eth2', 25],
    ['eth0', 16],
    ['eth1', 0],
  ])
  expect(seen('10.0.2.9')).toEqual([])
})

test('a host route leads to its address only', () => {
  const asked = routesTo4(['10.0.1.9', '10.0.1.10'])
  const routes = asked.read([none, '[{"dst":"10.0.1.10","dev":"eth3"}]'])
  expect(routes.get('10.0.1.9')).toEqual([])
  expect(routes.get('10.0.1.10')).toEqual([{ device: 'eth3', direct: true, prefix: 32, source: undefined }])
})
