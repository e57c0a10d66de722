import ts from 'typescript';
import type { FieldSchema } from './event-schemas.js';
import type { KnownCall, SourceCalls } from './source-calls.js';
import { NOT_STATIC } from './static-value.js';

/** What decorators say about the stored form of a field. */
export interface FieldMarks extends Pick<FieldSchema, 'personal' | 'subject' | 'transformed'> {
  /** Name in the table, when `@Expose({ name })` gives another one. */
  readonly storedName?: string;
  /** `@Exclude` keeps it out of the table. */
  readonly excluded?: true;
  /** `@Type` or `@Transform` says what class comes back. */
  readonly typed?: true;
  /** What a decorator says that cannot be read from the source. */
  readonly problem?: string;
}

/** Marks of a property or parameter property. */
export function fieldMarksOf(field: ts.Symbol, calls: SourceCalls): FieldMarks {
  const declarations = field.declarations ?? [];
  const decorators = declarations.flatMap((declaration) => calls.decoratorsOf(declaration));
  const named = (name: string): KnownCall | undefined => decorators.find((each) => each.name === name);
  const expose = named('Expose');
  return {
    ...(named('PersonalData') && { personal: true }),
    ...(named('DataSubject') && { subject: true }),
    ...(named('Transform') && { transformed: true }),
    ...((named('Type') ?? named('Transform')) && { typed: true }),
    ...(expose && storedNameOf(expose, calls)),
    ...(isExcluded(named('Exclude'), calls) || isHiddenByClass(declarations, expose, calls) ? { excluded: true } : {}),
  };
}

function storedNameOf(expose: KnownCall, calls: SourceCalls): Pick<FieldMarks, 'storedName' | 'problem'> {
  const options = calls.optionsOf(expose);
  const name = options === NOT_STATIC ? NOT_STATIC : options['name'];
  if (name === NOT_STATIC) return { problem: 'the name in @Expose is not a literal or constant' };
  const isStored = options !== NOT_STATIC && options['toClassOnly'] !== true;
  return typeof name === 'string' && isStored ? { storedName: name } : {};
}

function isExcluded(exclude: KnownCall | undefined, calls: SourceCalls): boolean {
  if (exclude === undefined) return false;
  const options = calls.optionsOf(exclude);
  return options === NOT_STATIC || options['toClassOnly'] !== true;
}

/** `@Exclude()` on the class leaves only what `@Expose()` takes in again. */
function isHiddenByClass(
  declarations: readonly ts.Declaration[],
  expose: KnownCall | undefined,
  calls: SourceCalls,
): boolean {
  if (expose !== undefined) return false;
  return declarations.some((declaration) => {
    const owner = ts.findAncestor(declaration, ts.isClassLike);
    const exclude = owner && calls.decoratorsOf(owner).find(({ name }) => name === 'Exclude');
    return isExcluded(exclude, calls);
  });
}
