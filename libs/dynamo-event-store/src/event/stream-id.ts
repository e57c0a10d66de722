/**
 * Names one stream: the events of one aggregate. Any non-empty, well-formed strings; characters that the key uses as
 * separators are escaped, so two different stream ids never share a key.
 */
export interface StreamId {
  /** Aggregate name, such as `order`. */
  readonly aggregate: string;
  readonly id: string;
  /** Tenant that owns the stream. Part of the key: equal ids of two tenants are two streams. */
  readonly tenant?: string;
}

/** The stream as error messages and logs show it: `order/o-1`, with a tenant `acme:order/o-1`. */
export function describeStream(stream: StreamId): string {
  const name = `${stream.aggregate}/${stream.id}`;
  return stream.tenant === undefined ? name : `${stream.tenant}:${name}`;
}

export function sameStream(a: StreamId, b: StreamId): boolean {
  return a.aggregate === b.aggregate && a.id === b.id && a.tenant === b.tenant;
}

/** One text per stream, different for every two, for maps and record ids: JSON, since ids hold any characters. */
export function streamKeyOf({ tenant, aggregate, id }: StreamId): string {
  return JSON.stringify(tenant === undefined ? [aggregate, id] : [aggregate, id, tenant]);
}
