import { nodes } from './nodes.ts'

console.log(await nodes(Number(process.argv[2]), s => console.log(s)))
process.exit(0)
