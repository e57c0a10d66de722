import { Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import { Projections, type ParkedStream, type SubscriptionStatus } from 'nestjs-dynamo-event-store';
import { problem, ProblemError } from '../http/problem.js';
import { ApiProblems } from '../orders/http/api-docs.js';
import { OrderIdPipe } from '../orders/http/order-id.js';
import { ParkedOrderAnswer, ProjectionStatusAnswer, UnparkedOrderAnswer } from './projection-answers.js';

type ParkedOrder = Pick<ParkedStream, 'version' | 'type' | 'reason' | 'attempts' | 'parkedAt'> & {
  readonly orderId: string;
};

interface UnparkedOrder {
  readonly orderId: string;
  /** Whether it has been parked again. */
  readonly parked: boolean;
}

/** Watches and steers projections and reactors, in all processes of the service. */
@ApiTags('admin')
@ApiProblems(404, 503)
@Controller('admin/projections')
export class ProjectionsController {
  constructor(private readonly projections: Projections) {}

  @Get()
  @ApiOperation({ summary: 'The state of every projection and reactor' })
  @ApiOkResponse({ type: [ProjectionStatusAnswer] })
  list(): Promise<SubscriptionStatus[]> {
    return this.projections.statuses();
  }

  @Post(':name/rebuild')
  @HttpCode(202)
  @ApiOperation({
    summary: 'Build a read model anew',
    description:
      'Beside the one that is served, which goes on until the new one is complete and takes its place. While orders of the ' +
      'new one are parked it waits: for `resume` or `skip` of each, or for `switch-over`.',
  })
  @ApiResponse({ status: 202, type: ProjectionStatusAnswer })
  @ApiProblems(409)
  async rebuild(@Param('name') name: string): Promise<SubscriptionStatus> {
    await this.projections.rebuild(name);
    return this.projections.status(name);
  }

  @Post(':name/switch-over')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Serve the new build though orders of it are parked',
    description: 'They are missing in it until they are resumed or skipped. 409 unless there is a complete new build.',
  })
  @ApiOkResponse({ type: ProjectionStatusAnswer })
  @ApiProblems(409)
  async switchOver(@Param('name') name: string): Promise<SubscriptionStatus> {
    await this.projections.switchOver(name);
    return this.projections.status(name);
  }

  @Post(':name/pause')
  @HttpCode(200)
  @ApiOperation({ summary: 'Give it no more events until it is resumed' })
  @ApiOkResponse({ type: ProjectionStatusAnswer })
  async pause(@Param('name') name: string): Promise<SubscriptionStatus> {
    await this.projections.pause(name);
    return this.projections.status(name);
  }

  @Post(':name/resume')
  @HttpCode(200)
  @ApiOperation({ summary: 'Let it go on' })
  @ApiOkResponse({ type: ProjectionStatusAnswer })
  async resume(@Param('name') name: string): Promise<SubscriptionStatus> {
    await this.projections.resume(name);
    return this.projections.status(name);
  }

  @Get(':name/parked')
  @ApiOperation({ summary: 'Orders that it no longer follows because an event could not be applied' })
  @ApiOkResponse({ type: [ParkedOrderAnswer] })
  async parked(@Param('name') name: string): Promise<ParkedOrder[]> {
    return (await this.projections.parkedStreams(name)).map(parkedOrder);
  }

  @Post(':name/parked/:orderId/resume')
  @HttpCode(200)
  @ApiOperation({ summary: 'Try the event again, and go on' })
  @ApiParam({ name: 'orderId', example: 'o-1' })
  @ApiOkResponse({ type: UnparkedOrderAnswer })
  async resumeOrder(
    @Param('name') name: string,
    @Param('orderId', OrderIdPipe) orderId: string,
  ): Promise<UnparkedOrder> {
    return this.unparked(name, orderId, await this.projections.resumeStream(name, streamOf(orderId)));
  }

  @Post(':name/parked/:orderId/skip')
  @HttpCode(200)
  @ApiOperation({ summary: 'Leave the event out for good, and go on' })
  @ApiParam({ name: 'orderId', example: 'o-1' })
  @ApiOkResponse({ type: UnparkedOrderAnswer })
  async skipEvent(@Param('name') name: string, @Param('orderId', OrderIdPipe) orderId: string): Promise<UnparkedOrder> {
    return this.unparked(name, orderId, await this.projections.skipEvent(name, streamOf(orderId)));
  }

  private async unparked(name: string, orderId: string, wasParked: boolean): Promise<UnparkedOrder> {
    if (!wasParked)
      throw new ProblemError(problem(404, 'order-not-parked', `${name} has not parked order ${orderId}.`, { orderId }));
    const parked = await this.projections.parkedStreams(name);
    return { orderId, parked: parked.some(({ stream }) => stream.id === orderId) };
  }
}

function streamOf(orderId: string): { aggregate: string; id: string } {
  return { aggregate: 'order', id: orderId };
}

function parkedOrder({ stream, version, type, reason, attempts, parkedAt }: ParkedStream): ParkedOrder {
  return { orderId: stream.id, version, ...(type === undefined ? {} : { type }), reason, attempts, parkedAt };
}
