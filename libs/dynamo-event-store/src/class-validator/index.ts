export { classValidator } from './class-validator.js';
