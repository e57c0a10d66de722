import { InvalidArgumentError } from '../../errors/argument-errors.js';
import { restoreField, type JsonPath } from '../../event/personal-fields.js';
import type { JsonValue } from '../../event/json-value.js';
import { seal, unseal, type SealPlace } from '../../store/seal.js';
import type { ErasureWatch, SubjectKeys } from '../../store/subject-keys.js';
import { decodeView, encodeView, type StoredView } from './view-item.js';
import type { AnyView } from './view-schema.js';

/** JSON text of a value as it is once its person is forgotten, and what is missing in it, encrypted. */
export interface SealedText {
  readonly text: string;
  readonly sealed?: string | undefined;
}

/** Encrypts the personal fields of views, and opens them as long as the person is known. */
export class SealedViews {
  constructor(private readonly keys: SubjectKeys | undefined) {}

  /** See `SubjectKeys.watch`; `undefined` where nobody can be forgotten. */
  watch(): ErasureWatch | undefined {
    return this.keys?.watch();
  }

  /**
   * A person without a key, such as one who is forgotten, shows the fallbacks.
   * @throws InvalidArgumentError The store has no keys, or the value no subject.
   */
  async seal(view: AnyView, itemKey: string, tenant: string | undefined, text: string): Promise<SealedText> {
    const { value, patches } = this.separate(view, itemKey, text);
    if (view.personal === undefined || patches.length === 0) return { text };
    const id = view.personal.subject(decodeView(text) as never);
    if (typeof id !== 'string' || id === '')
      throw new InvalidArgumentError('personal.subject', `of view ${view.name} gave no id of a data subject.`);
    const key = await this.required(view).existingKeyOf(id, tenant);
    const erased = JSON.stringify(value);
    return key === undefined
      ? { text: erased }
      : { text: erased, sealed: seal(key, placeOf(itemKey), JSON.stringify(patches)).join(' ') };
  }

  /** Whether a value shows personal data. */
  holdsPersonalData(view: AnyView, itemKey: string, text: string): boolean {
    return this.separate(view, itemKey, text).patches.length > 0;
  }

  private separate(
    view: AnyView,
    itemKey: string,
    text: string,
  ): { readonly value: JsonValue; readonly patches: readonly [JsonPath, JsonValue][] } {
    if (view.personal === undefined) return { value: null, patches: [] };
    const { fields } = view.personal;
    const value = JSON.parse(text) as Record<string, JsonValue>;
    const fallbacks = JSON.parse(encodeView(view, itemKey, fields)) as Record<string, JsonValue>;
    const patches: [JsonPath, JsonValue][] = [];
    for (const [field, fallback] of Object.entries(fallbacks)) {
      const own = Object.hasOwn(value, field) ? value[field] : undefined;
      // What shows its fallback may be of somebody who was forgotten, and needs no key.
      if (own === undefined || JSON.stringify(own) === JSON.stringify(fallback)) continue;
      patches.push([[field], own]);
      value[field] = fallback;
    }
    return { value, patches };
  }

  /** The text with everything that can still be read. */
  async open(view: AnyView, itemKey: string, { text, sealed }: StoredView): Promise<string | undefined> {
    if (text === undefined || sealed === undefined) return text;
    const [id = '', content = ''] = sealed.split(' ');
    const key = (await this.required(view).find([id])).get(id);
    if (key === undefined) return text;
    const value = JSON.parse(text) as JsonValue;
    const patches = JSON.parse(unseal(key, placeOf(itemKey), content)) as [JsonPath, JsonValue][];
    for (const [path, own] of patches) restoreField(value, path, own);
    return JSON.stringify(value);
  }

  private required({ name }: AnyView): SubjectKeys {
    if (this.keys !== undefined) return this.keys;
    throw new InvalidArgumentError(
      'personalData',
      `view ${name} holds personal data: give the store keys with this option.`,
    );
  }
}

/** No aggregate has an empty name, so no place of an event is that of a view. */
function placeOf(itemKey: string): SealPlace {
  return { stream: { aggregate: '', id: itemKey }, version: 0 };
}
