/** An agent that breaks must not break the manager: its error becomes what it means where it was asked. */
export async function safely<T>(work: () => T | Promise<T>, otherwise: (why: string) => T): Promise<T> {
  try {
    return await work()
  } catch (error) {
    return otherwise((error as Error).message)
  }
}
