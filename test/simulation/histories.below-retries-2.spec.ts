import { itHolds } from './histories.js';

itHolds(2, 2, 'below');
