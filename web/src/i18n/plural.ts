/** The form for a number, as the build asks for it: `plural(n, ['# person', '# people'])`; the rest is in the catalogs. */
const english = (count: number): number => (count === 1 ? 0 : 1)

export function plural(
  count: number,
  forms: readonly string[],
  rule: (count: number) => number = english,
): string {
  return (forms[rule(count)] ?? forms.at(-1) ?? '').replaceAll('#', String(count))
}
