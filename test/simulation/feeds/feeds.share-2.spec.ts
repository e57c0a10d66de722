import { itFollows } from './feeds.js';

itFollows(2, 2);
