import { itFollows } from './feeds.js';

itFollows(1, 2);
