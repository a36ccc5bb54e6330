export { playSamples, type PlayedSample } from './authoring/play-samples.ts';
export { readEnvironment, StartError, type Environment } from './environment.ts';
export { createLogger } from './logger.ts';
export { serve, type RunningHost } from './serve.ts';
