export {
  goldenSamples,
  recordGoldenSample,
  renewGoldenSamples,
  type GoldenSample,
  type GoldenSampleOptions,
} from './golden-samples.js';
