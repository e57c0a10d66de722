import { validationError } from '../errors.js';
import { isReservedWord } from './reserved-words.js';
import type { ExpressionKind, PathNode, ValueNode } from './syntax.js';

type TokenKind = 'name' | 'value' | 'word' | 'digits' | 'symbol' | 'end';

interface Token {
  readonly kind: TokenKind;
  readonly text: string;
}

const TOKEN = /\s*(?:(#\w+)|(:\w+)|([A-Za-z]\w*)|(\d+)|(<>|<=|>=|[<>=(),.[\]+-])|(\S))/gy;
const END: Token = { kind: 'end', text: '<EOF>' };
const MAX_BYTES = 4096;

/** Reads an expression token by token; what all kinds of expressions share: paths, placeholders and complaints. */
export class TokenReader {
  readonly names = new Set<string>();
  readonly values = new Set<string>();
  readonly #tokens: Token[];
  #next = 0;

  constructor(
    readonly kind: ExpressionKind,
    text: string,
  ) {
    if (text.trim() === '') throw this.fault('The expression can not be empty');
    const bytes = Buffer.byteLength(text);
    if (bytes > MAX_BYTES)
      throw this.fault(`Expression size has exceeded the maximum allowed size; expression size: ${bytes}`);
    this.#tokens = [...text.matchAll(TOKEN)].map(toToken);
  }

  /** Position to come back to. */
  get position(): number {
    return this.#next;
  }

  set position(position: number) {
    this.#next = position;
  }

  peek(ahead = 0): Token {
    return this.#tokens[this.#next + ahead] ?? END;
  }

  take(): Token {
    const token = this.peek();
    this.#next++;
    return token;
  }

  /** Takes a symbol, or a word of the grammar in any case, if it is next. */
  accept(text: string): boolean {
    const { kind, text: found } = this.peek();
    if (kind === 'symbol' ? found !== text : kind !== 'word' || found.toUpperCase() !== text) return false;
    this.#next++;
    return true;
  }

  expect(text: string): void {
    if (!this.accept(text)) throw this.syntaxError();
  }

  atEnd(): boolean {
    return this.peek().kind === 'end';
  }

  value(): ValueNode {
    const { kind, text } = this.peek();
    if (kind !== 'value') throw this.syntaxError();
    this.#next++;
    this.values.add(text);
    return { kind: 'value', placeholder: text };
  }

  path(): PathNode {
    const parts: (string | number)[] = [this.#attribute()];
    for (;;) {
      if (this.accept('.')) parts.push(this.#attribute());
      else if (this.accept('[')) {
        const { kind, text } = this.peek();
        if (kind !== 'digits') throw this.syntaxError();
        this.#next++;
        this.expect(']');
        parts.push(Number(text));
      } else return { kind: 'path', parts };
    }
  }

  #attribute(): string {
    const { kind, text } = this.peek();
    if (kind !== 'name' && kind !== 'word') throw this.syntaxError();
    this.#next++;
    if (kind === 'name') this.names.add(text);
    else if (isReservedWord(text)) throw this.fault(`Attribute name is a reserved keyword; reserved keyword: ${text}`);
    return text;
  }

  syntaxError(): Error {
    const near = [this.#tokens[this.#next - 1], this.#tokens[this.#next], this.#tokens[this.#next + 1]];
    const text = near.map((token) => token?.text ?? '').join(' ');
    return this.fault(`Syntax error; token: "${this.peek().text}", near: "${text.trim()}"`);
  }

  fault(message: string): Error {
    return validationError(`Invalid ${this.kind}: ${message}`);
  }
}

function toToken([, name, value, word, digits, symbol, other]: RegExpExecArray): Token {
  if (name !== undefined) return { kind: 'name', text: name };
  if (value !== undefined) return { kind: 'value', text: value };
  if (word !== undefined) return { kind: 'word', text: word };
  if (digits !== undefined) return { kind: 'digits', text: digits };
  return { kind: 'symbol', text: symbol ?? other ?? '' };
}
