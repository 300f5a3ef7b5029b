/** Ethernet frames that tell the neighbours who has an address now, in hex. */
import { ipv4Number, ipv6Words } from '../../config/addresses.ts'

const everyone = 'ffffffffffff'

/**
 * Gratuitous ARP (RFC 826, RFC 5227 section 3), in request and in reply form: some stacks learn from one only.
 * @param mac as in `52:54:00:12:34:56`
 */
export function arpFrames(mac: string, address: string): readonly string[] {
  const hardware = mac.replaceAll(':', '')
  const protocol = ipv4Number(address).toString(16).padStart(8, '0')
  const form = (operation: number, target: string): string =>
    `${everyone}${hardware}0806000108000604000${operation}${hardware}${protocol}${target}${protocol}`
  return [form(1, '000000000000'), form(2, hardware)] // as text: a thousand at once may have to be made
}

/** Unsolicited neighbour advertisement to all nodes, override flag set (RFC 4861 sections 4.4 and 7.2.6). */
export function advertisementFrame(mac: string, address: string, isRouter: boolean): string {
  const hardware = macBytes(mac)
  const source = ipv6Bytes(address)
  const allNodes = ipv6Bytes('ff02::1')
  const body = (checksum: number): readonly number[] => [
    ...[136, 0, ...bytesOf(checksum, 2)],
    ...[isRouter ? 0xa0 : 0x20, 0, 0, 0],
    ...source,
    ...[2, 1, ...hardware],
  ]
  const length = bytesOf(body(0).length, 4)
  const checksum = onesComplement([...source, ...allNodes, ...length, 0, 0, 0, 58, ...body(0)])
  const ipv6 = [0x60, 0, 0, 0, ...length.slice(2), 58, 255, ...source, ...allNodes]
  return hex([0x33, 0x33, 0, 0, 0, 1, ...hardware, 0x86, 0xdd, ...ipv6, ...body(checksum)])
}

const macBytes = (mac: string): readonly number[] => mac.split(':').map(part => Number.parseInt(part, 16))

function bytesOf(number: number, length: number): readonly number[] {
  return Array.from({ length }, (_, i) => (number >>> (8 * (length - 1 - i))) & 255)
}

/** The internet checksum (RFC 1071) of an even number of bytes. */
export function onesComplement(bytes: readonly number[]): number {
  let sum = 0
  for (let i = 0; i < bytes.length; i += 2) sum += (bytes[i]! << 8) | (bytes[i + 1] ?? 0)
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
  return ~sum & 0xffff
}

const hex = (bytes: readonly number[]): string => Buffer.from(bytes).toString('hex')

const ipv6Bytes = (address: string): readonly number[] => (ipv6Words(address) ?? []).flatMap(word => bytesOf(word, 2))
