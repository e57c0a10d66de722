import { Type } from 'class-transformer';
import 'reflect-metadata';
// Not exported: only here it matters what the serializer sees of the decorators.
import { isTransformed } from '../../../../libs/dynamo-event-store/dist/event/transformed-class.js';
import { report } from './report.js';

class Plain {
  at = new Date();
}

class Decorated {
  @Type(() => Date) at = new Date();
}

/** Whether the library tells classes with decorators of class-transformer from those without. */
report({ plain: isTransformed(Plain), decorated: isTransformed(Decorated) });
