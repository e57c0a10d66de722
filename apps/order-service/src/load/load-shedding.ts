import type { IncomingMessage, ServerResponse } from 'node:http';
import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { finalize, type Observable } from 'rxjs';
import { requestContext } from '../http/request-context.js';
import { OverloadedError } from './lane.js';
import { laneOf, orderOf, type Lanes } from './lanes.js';

/** Rejects what would be rejected anyway, before its body is read. */
export function shedEarly(lanes: Lanes) {
  return (request: IncomingMessage, _response: ServerResponse, next: (error?: unknown) => void): void => {
    next(lanes.of(request)?.isFull === true ? new OverloadedError() : undefined);
  };
}

/** Gives each request its turn. A turn ends with the work, not with the connection: clients may hang up before. */
export class LaneInterceptor implements NestInterceptor {
  constructor(private readonly lanes: Lanes) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const request = context.switchToHttp().getRequest<IncomingMessage>();
    const lane = this.lanes.of(request);
    if (lane === undefined) return next.handle();
    const key = laneOf(request) === 'commands' ? orderOf(request) : undefined;
    const endTurn = await lane.take(key, requestContext.getStore()?.clientGone);
    return next.handle().pipe(finalize(endTurn));
  }
}
