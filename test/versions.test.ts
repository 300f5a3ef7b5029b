/** The places that state a version agree, and an installation gets exactly what was tested. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'

const read = (name: string): string => readFileSync(new URL(`../${name}`, import.meta.url), 'utf8')
const about = JSON.parse(read('package.json'))
const lock = JSON.parse(read('package-lock.json'))

/** The newest heading of the change log, as in `## 0.1.0 - 2026-11-20` or `## 0.2.0 - not yet released`. */
const newest = /^## (\d+\.\d+\.\d+) - (\d{4}-\d\d-\d\d|not yet released)$/m

describe('versions', () => {
  test('package.json, package-lock.json, CHANGELOG.md and debian/changelog agree', () => {
    const [, logged] = newest.exec(read('CHANGELOG.md')) ?? []
    const [, packaged] = /^tandem \((.*?)\)/.exec(read('debian/changelog')) ?? []
    expect({ logged, packaged, locked: lock.version, root: lock.packages[''].version }).toEqual({
      logged: about.version,
      packaged: about.version,
      locked: about.version,
      root: about.version,
    })
  })

  test('every dependency is pinned exactly, and the lock file holds that version', () => {
    const wanted = { ...about.dependencies, ...about.devDependencies }
    const locked = Object.keys(wanted).map(name => [name, lock.packages[`node_modules/${name}`]?.version])
    expect(Object.fromEntries(locked)).toEqual(wanted)
    for (const version of Object.values(wanted)) expect(version).toMatch(/^\d+\.\d+\.\d+$/)
  })

  test('the types of Node are those of the oldest version supported', () => {
    const [, oldest] = /^>=(\d+)\.\d+$/.exec(about.engines.node) ?? []
    expect(about.devDependencies['@types/node'].split('.')[0]).toBe(oldest)
    expect(read('README.md')).toContain(`Node.js ${about.engines.node.slice(2)}`)
  })
})

test('the lock file names no host to fetch from, and a checksum for everything', () => {
  const packages = Object.entries<{ resolved?: string; integrity?: string }>(lock.packages).filter(
    ([path]) => path !== '',
  )
  expect(packages.length).toBeGreaterThan(50)
  expect(packages.filter(([, entry]) => entry.resolved !== undefined).map(([path]) => path)).toEqual([])
  expect(packages.filter(([, entry]) => !entry.integrity?.startsWith('sha512-')).map(([path]) => path)).toEqual([])
})
