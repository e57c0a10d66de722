export { KmsKeyProvider, type KmsKeyProviderOptions } from './kms-key-provider.js';
