/** Of the library's build, which need not be there when this is checked. */
declare module '*/dist/event/transformed-class.js' {
  export function isTransformed(eventClass: object): boolean;
}
