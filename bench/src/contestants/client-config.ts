/** What a client needs to know to reach an engine of the bench; everything else is the SDK's default. */
export function clientConfig(endpoint: string) {
  return { endpoint, region: 'local', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };
}
