import { DynamoDBServiceException } from '@aws-sdk/client-dynamodb';
import { metadata } from '../errors.js';

// The classes of these errors belong to a package that need not be installed; whoever handles them goes by their names.
function refusal(name: string, message: string): DynamoDBServiceException {
  return new DynamoDBServiceException({ name, $fault: 'client', message, $metadata: metadata(400) });
}

export function streamNotFound(arn: string): DynamoDBServiceException {
  return refusal('ResourceNotFoundException', `Requested resource not found: Stream: ${arn} not found`);
}

export function shardNotFound(): DynamoDBServiceException {
  return refusal('ResourceNotFoundException', 'Requested resource not found: Shard does not exist');
}

export function trimmedData(): DynamoDBServiceException {
  return refusal('TrimmedDataAccessException', 'The data you are trying to access has been trimmed.');
}

export function expiredIterator(): DynamoDBServiceException {
  return refusal(
    'ExpiredIteratorException',
    'The shard iterator has expired: it was obtained more than 15 minutes ago.',
  );
}
