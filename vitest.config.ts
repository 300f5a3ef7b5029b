import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/integration/**', 'test/lab/**'],
          pool: 'forks',
          isolate: false,
          testTimeout: 90_000,
        },
      },
      {
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          pool: 'forks',
          maxWorkers: 2, // each file has namespaces of its own, and mostly waits
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
})
