/** The addresses in a setting that names one database or several primaries. */
export function mysqlUrlsOf(spec: string): readonly string[] {
  return spec.trim().split(/\s+/);
}
