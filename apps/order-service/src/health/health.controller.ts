import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { EventStore } from 'nestjs-dynamo-event-store';
import { problem, ProblemError } from '../http/problem.js';
import { ApiProblems } from '../orders/http/api-docs.js';

/** Time the table has to answer. */
const LIMIT_MS = 2_000;

/** No order has this id, so the look is one read of nothing. */
const PROBE = { aggregate: 'health', id: 'probe' };

@ApiTags('health')
@Controller('health')
export class HealthController {
  private underWay: Promise<unknown> | undefined;

  constructor(private readonly events: EventStore) {}

  @Get()
  @ApiOperation({ summary: 'Whether the events table answers' })
  @ApiOkResponse({ schema: { type: 'object', properties: { status: { type: 'string', example: 'ok' } } } })
  @ApiProblems(503)
  async check(): Promise<{ status: 'ok' }> {
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        reject(new Error(`no answer within ${LIMIT_MS} ms`));
      }, LIMIT_MS);
    });
    try {
      await Promise.race([this.look(), limit]);
      return { status: 'ok' };
    } catch (error) {
      const reason = error instanceof Error ? error.name : 'Error';
      throw new ProblemError(problem(503, 'store-unavailable', `The events table does not answer (${reason}).`));
    } finally {
      clearTimeout(timer);
    }
  }

  /** However many ask at once, the table is asked once. */
  private look(): Promise<unknown> {
    this.underWay ??= this.events.head(PROBE).finally(() => {
      this.underWay = undefined;
    });
    return this.underWay;
  }
}
