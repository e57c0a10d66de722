import { BareAccounts } from '../../scale/bare-accounts.js';
import { bookingAt, USUAL_SIZE } from '../../scale/bookings.js';
import { appendFirst, endpointOf, TABLE } from './first-appends.js';

/** The bare SDK. */
const accounts = new BareAccounts(endpointOf(process.argv), TABLE);
await appendFirst((version) => accounts.append('a', version, bookingAt(version, USUAL_SIZE)));
