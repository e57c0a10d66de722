import { describe, expect, it } from '@jest/globals';
import { Transform, Type, type TypeOptions } from 'class-transformer';
import { DomainEvent } from 'nestjs-dynamo-event-store';
import { inAllWays, meaningsOf, readBack, refusalOf, type Reduce } from '../support/one-meaning.js';

class Photo {
  id: number;
  constructor(id = 1) {
    this.id = id;
  }
}
class Landscape extends Photo {
  panorama = true;
  wide(): boolean {
    return this.panorama;
  }
}
class Portrait extends Photo {
  @Transform(({ value }) => (value as number) * 2, { toPlainOnly: true })
  @Transform(({ value }) => (value as number) / 2, { toClassOnly: true })
  depth = 3;
}
class Unlisted extends Photo {}

const options: TypeOptions = {
  discriminator: {
    property: 'kind',
    subTypes: [
      { value: Landscape, name: 'landscape' },
      { value: Portrait, name: 'portrait' },
    ],
  },
};

@DomainEvent({ name: 'shown' })
class Shown {
  @Type(() => Photo, options)
  held: unknown;
  constructor(held: unknown) {
    this.held = held;
  }
}

class Album {
  @Type(() => Photo, options)
  photos: Photo[] = [new Landscape(1), new Portrait(2)];
}
@DomainEvent({ name: 'album-shown' })
class AlbumShown {
  @Type(() => Album)
  albums = new Map([['a', [new Album()]]]);
}

/** Names the class by a property of its own, which is to be kept. */
class Circle {
  kind = 'circle';
  r = 1;
}
class Square {
  kind = 'square';
  a = 2;
}
@DomainEvent({ name: 'drawn' })
class Drawn {
  @Type(() => Object, {
    keepDiscriminatorProperty: true,
    discriminator: {
      property: 'kind',
      subTypes: [
        { value: Circle, name: 'circle' },
        { value: Square, name: 'square' },
      ],
    },
  })
  shapes: unknown;
  constructor(shapes: unknown) {
    this.shapes = shapes;
  }
}

const one = new Landscape(7);
const frozen = Object.freeze(new Landscape(8));

describe('a discriminator of @Type tells the class', () => {
  it.each<[string, unknown]>([
    ['of one value', new Landscape(5)],
    ['of null', null],
    ['of the members of a list', [new Landscape(5), new Portrait(6)]],
    ['of the members of an empty list', []],
    ['of members beside null', [new Landscape(5), null, new Portrait(6), null]],
    ['of members beside undefined', [new Landscape(5), undefined]],
    ['of the members of lists of lists', [[new Landscape(5)], [], [[new Portrait(6)]]]],
    [
      'of the members of a map',
      new Map<string, unknown>([
        ['a', new Landscape(5)],
        ['b', new Portrait(6)],
        ['c', null],
      ]),
    ],
    ['of the members of a set', new Set([new Landscape(5), new Portrait(6)])],
    ['of lists in a map', new Map([['a', [new Landscape(5), new Portrait(3)]]])],
    ['of maps in a list', [new Map([['a', new Portrait(1)]]), new Set([new Landscape(2)])]],
    ['of one object in two places', [one, one]],
    ['of frozen values', Object.freeze([frozen])],
  ])('%s', async (_, held) => {
    const event = new Shown(held);
    expect(await readBack(event)).toStrictEqual(event);
    const reduce: Reduce = (keeper, { held: read }: Shown) => {
      keeper.value = classesIn(read);
    };
    expect(await meaningsOf([event], reduce, (value) => value)).toEqual(inAllWays(classesIn(held)));
  });

  it('inside of a nested class', async () => {
    expect(await readBack(new AlbumShown())).toStrictEqual(new AlbumShown());
  });

  it.each<[string, unknown]>([
    ['of one value', new Circle()],
    ['of the members of a list', [new Circle(), new Square()]],
    [
      'of the members of a map',
      new Map<string, unknown>([
        ['a', new Circle()],
        ['b', null],
      ]),
    ],
  ])('by a property that the class has itself: %s', async (_, shapes) => {
    expect(await readBack(new Drawn(shapes))).toStrictEqual(new Drawn(shapes));
  });

  it('of plain objects that name their class', async () => {
    const back = await readBack(new Shown([{ kind: 'landscape', id: 1, panorama: false }]));
    expect(back.held).toStrictEqual([Object.assign(new Landscape(1), { panorama: false })]);
  });
});

describe('a value that a discriminator does not tell is refused with its path', () => {
  it.each<[string, unknown, string]>([
    ['of a class that is not listed', new Unlisted(1), 'held'],
    ['of a class that is not listed, in a list', [new Landscape(1), new Unlisted(1)], 'held[1]'],
    ['of a class that is not listed, in a map', new Map([['k', new Unlisted(1)]]), 'held{k}'],
    ['of a class that is not listed, in a set', new Set([new Unlisted(1)]), 'held{0}'],
    ['of a class that is not listed, in a list of lists', [[new Unlisted(1)]], 'held[0][0]'],
    [
      'with a property of the name of the discriminator',
      Object.assign(new Landscape(1), { kind: 'mine' }),
      'held.kind',
    ],
  ])('%s', async (_, held, path) => {
    expect(await refusalOf(new Shown(held))).toMatchObject({ path });
  });

  it('as one that would get the property which is to be kept', async () => {
    class Bare {
      @Type(() => Photo, { ...options, keepDiscriminatorProperty: true })
      held = [new Landscape(1)];
    }
    DomainEvent({ name: 'bare' })(Bare);
    expect(await refusalOf(new Bare())).toMatchObject({ path: 'held[0].kind' });
  });
});

function classesIn(value: unknown): unknown {
  if (value instanceof Map || value instanceof Set)
    return [...(value as Map<unknown, unknown>).values()].map(classesIn);
  if (Array.isArray(value)) return value.map(classesIn);
  return typeof value === 'object' && value !== null ? value.constructor.name : String(value);
}
