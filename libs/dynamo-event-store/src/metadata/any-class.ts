/** Any class, also an abstract one or one with a private constructor. */
// eslint-disable-next-line @typescript-eslint/no-unsafe-function-type -- the only type that all of them share
export type AnyClass = Function & { readonly prototype: object };
