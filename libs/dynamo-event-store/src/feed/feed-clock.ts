export { SYSTEM_CLOCK, type FeedClock } from '../store/clock.js';
