export { createWithClient as create } from './store.js';
