import { itHolds } from './histories.js';

itHolds(1, 2, 'below');
