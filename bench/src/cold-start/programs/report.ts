/** Sends what was found to whoever started this process, and ends it. */
export function report(found: object): void {
  process.stdout.write(JSON.stringify(found), () => process.exit(0));
}
