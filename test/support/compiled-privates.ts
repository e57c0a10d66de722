/** A value class with a `#private` field. */
export const PRIVATE_SOURCE =
  'class Subject { #value; constructor(value = 0) { this.#value = value; this.shown = "EUR"; } get value() { return this.#value; } }';

/**
 * The same class, as compilers that are not among our dependencies make it for engines without private members: esbuild 0.2x
 * with the target es2021, Babel 7 with its plugins for class properties and private methods, terser 5.
 */
export const compiledPrivates: Readonly<Record<string, string>> = {
  'esbuild compiled': String.raw`var __typeError = (msg) => {
  throw TypeError(msg);
};
var __accessCheck = (obj, member, msg) => member.has(obj) || __typeError("Cannot " + msg);
var __privateGet = (obj, member, getter) => (__accessCheck(obj, member, "read from private field"), getter ? getter.call(obj) : member.get(obj));
var __privateAdd = (obj, member, value) => member.has(obj) ? __typeError("Cannot add the same private member more than once") : member instanceof WeakSet ? member.add(obj) : member.set(obj, value);
var __privateSet = (obj, member, value, setter) => (__accessCheck(obj, member, "write to private field"), setter ? setter.call(obj, value) : member.set(obj, value), value);
var _value;
export class Subject {
  constructor(value = 0) {
    __privateAdd(this, _value);
    __privateSet(this, _value, value);
    this.shown = "EUR";
  }
  get value() {
    return __privateGet(this, _value);
  }
}
_value = new WeakMap();`,
  'esbuild compiled and minified': String.raw`var c=t=>{throw TypeError(t)};var h=(t,s,e)=>s.has(t)||c("Cannot "+e);var o=(t,s,e)=>(h(t,s,"read from private field"),e?e.call(t):s.get(t)),a=(t,s,e)=>s.has(t)?c("Cannot add the same private member more than once"):s instanceof WeakSet?s.add(t):s.set(t,e),i=(t,s,e,u)=>(h(t,s,"write to private field"),u?u.call(t,e):s.set(t,e),e);var r;export class Subject{constructor(s=0){a(this,r);i(this,r,s),this.shown="EUR"}get value(){return o(this,r)}}r=new WeakMap;`,
  'Babel compiled': String.raw`function _classPrivateFieldInitSpec(e, t, a) { _checkPrivateRedeclaration(e, t), t.set(e, a); }
function _checkPrivateRedeclaration(e, t) { if (t.has(e)) throw new TypeError("Cannot initialize the same private elements twice on an object"); }
function _classPrivateFieldGet(s, a) { return s.get(_assertClassBrand(s, a)); }
function _classPrivateFieldSet(s, a, r) { return s.set(_assertClassBrand(s, a), r), r; }
function _assertClassBrand(e, t, n) { if ("function" == typeof e ? e === t : e.has(t)) return arguments.length < 3 ? t : n; throw new TypeError("Private element is not present on this object"); }
var _value = new WeakMap();
export class Subject {
  constructor(value = 0) {
    _classPrivateFieldInitSpec(this, _value, void 0);
    _classPrivateFieldSet(_value, this, value);
    this.shown = "EUR";
  }
  get value() {
    return _classPrivateFieldGet(_value, this);
  }
}`,
  'Babel compiled loosely': String.raw`function _classPrivateFieldLooseBase(e, t) { if (!{}.hasOwnProperty.call(e, t)) throw new TypeError("attempted to use private field on non-instance"); return e; }
var id = 0;
function _classPrivateFieldLooseKey(e) { return "__private_" + id++ + "_" + e; }
var _value = _classPrivateFieldLooseKey("value");
export class Subject {
  constructor(value = 0) {
    Object.defineProperty(this, _value, {
      writable: true,
      value: void 0
    });
    _classPrivateFieldLooseBase(this, _value)[_value] = value;
    this.shown = "EUR";
  }
  get value() {
    return _classPrivateFieldLooseBase(this, _value)[_value];
  }
}`,
  'Babel compiled to symbols': String.raw`function _classPrivateFieldLooseBase(e, t) { if (!{}.hasOwnProperty.call(e, t)) throw new TypeError("attempted to use private field on non-instance"); return e; }
var _value = Symbol("value");
export class Subject {
  constructor(value = 0) {
    Object.defineProperty(this, _value, {
      writable: true,
      value: void 0
    });
    _classPrivateFieldLooseBase(this, _value)[_value] = value;
    this.shown = "EUR";
  }
  get value() {
    return _classPrivateFieldLooseBase(this, _value)[_value];
  }
}`,
  'Babel compiled and terser minified': String.raw`function t(t,e,n){(function(t,e){if(e.has(t))throw new TypeError("Cannot initialize the same private elements twice on an object")})(t,e),e.set(t,n)}function e(t,e,n){if("function"==typeof t?t===e:t.has(e))return arguments.length<3?e:n;throw new TypeError("Private element is not present on this object")}var n=new WeakMap;export class Subject{constructor(r=0){var i,o,s;t(this,n,void 0),o=this,s=r,(i=n).set(e(i,o),s),this.shown="EUR"}get value(){return r=this,(t=n).get(e(t,r));var t,r}}`,
};
