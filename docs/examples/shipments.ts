import { Transform, Type } from 'class-transformer';
import { DomainEvent } from 'nestjs-dynamo-event-store';

export class Parcel {
  constructor(
    readonly sku: string,
    readonly quantity: number,
  ) {}
}

export class Post {
  constructor(readonly trackingCode: string) {}
}

export class Courier {
  constructor(readonly phone: string) {}
}

export class Weight {
  constructor(readonly grams: number) {}
}

// #region event
@DomainEvent({ name: 'shipment-packed' })
export class ShipmentPacked {
  // One class: @Type. It names the class of the members of a list, Map or Set.
  @Type(() => Parcel) readonly parcels: readonly Parcel[];

  // One of several classes: a discriminator.
  @Type(() => Object, {
    discriminator: {
      property: 'carrier',
      subTypes: [
        { name: 'post', value: Post },
        { name: 'courier', value: Courier },
      ],
    },
  })
  readonly carrier: Post | Courier;

  // Another form: @Transform, one for each direction.
  @Transform(({ value }: { value: Weight }) => value.grams, { toPlainOnly: true })
  @Transform(({ value }: { value: number }) => new Weight(value), { toClassOnly: true })
  readonly weight: Weight;

  // Declared as fields, since class-transformer ignores decorators on parameters.
  constructor(parcels: readonly Parcel[], carrier: Post | Courier, weight: Weight) {
    this.parcels = parcels;
    this.carrier = carrier;
    this.weight = weight;
  }
}
// #endregion
