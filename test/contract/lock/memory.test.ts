import { systemClock } from '../../../src/lib/core/clock.ts';
import { lockSuite } from './lock-suite.ts';
import { memoryLock } from './memory-lock.ts';

lockSuite('memory', async () => memoryLock(systemClock));
