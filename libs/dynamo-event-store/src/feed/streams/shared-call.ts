/** Whoever calls while a call is under way shares the next one with others, since it needs what is true from now on. */
export class SharedCall {
  private underWay: Promise<void> | undefined;
  private next: Promise<void> | undefined;

  constructor(private readonly call: () => Promise<void>) {}

  request(): Promise<void> {
    if (this.underWay === undefined) return this.start();
    this.next ??= this.underWay
      .catch(() => undefined)
      .then(() => {
        this.next = undefined;
        return this.start();
      });
    return this.next;
  }

  private start(): Promise<void> {
    const underWay = this.call().finally(() => {
      this.underWay = undefined;
    });
    this.underWay = underWay;
    return underWay;
  }
}
