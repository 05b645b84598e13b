import { systemClock } from '../../../src/lib/core/clock.ts';
import { memoryServices } from '../../../src/lib/drivers/service/memory.ts';
import { serviceContract } from './service-suite.ts';

serviceContract('memory', async () => {
  const services = memoryServices(
    [
      { name: 'alpha' },
      { name: 'beta' },
      { name: 'gamma', healthyAfterRestart: null },
      { name: 'broken', restartFailure: 'no such unit' },
    ],
    systemClock,
  );
  return {
    ...services,
    setHealthy: async (name, healthy) => services.setHealthy(name, healthy),
    restarted: async () => services.restarted,
  };
});
