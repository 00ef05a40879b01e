import { createApp } from './app';
import { logger } from './logger';

createApp().listen(8080, () => logger.info('market hall is open'));
