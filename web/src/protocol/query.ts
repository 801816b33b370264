/** The query part of an address; what is null or undefined is left out. */
export function query(values: object): string {
  const given = (Object.entries(values) as [string, string | number | boolean | null | undefined][]).filter(
    ([, value]) => value !== null && value !== undefined && value !== '',
  )
  return given.length === 0 ? '' : `?${new URLSearchParams(given.map(([k, v]) => [k, String(v)])).toString()}`
}
