import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';

// What the OpenAPI page shows of answers; the values themselves are plain objects.

@ApiSchema({ name: 'ProjectionLag' })
export class LagAnswer {
  @ApiProperty({ description: 'Age of the oldest commit that is not applied, in seconds.' })
  readonly seconds!: number;

  @ApiProperty({ type: 'integer' })
  readonly pendingCommits!: number;
}

@ApiSchema({ name: 'ProjectionBuild' })
export class BuildAnswer {
  @ApiProperty({ type: 'integer', description: 'Number of the build; each rebuild has a new one.' })
  readonly generation!: number;

  @ApiProperty({ type: 'integer', description: 'Version of the code that it belongs to.' })
  readonly version!: number;

  @ApiPropertyOptional({ type: 'object', additionalProperties: true, description: 'The scan under way, if any.' })
  readonly build?: Record<string, unknown>;

  @ApiProperty({ type: 'integer', description: 'Number of parked orders.' })
  readonly parked!: number;

  @ApiPropertyOptional()
  readonly lag?: LagAnswer;
}

@ApiSchema({ name: 'ProjectionStatus' })
export class ProjectionStatusAnswer {
  @ApiProperty({ example: 'revenue' })
  readonly name!: string;

  @ApiProperty({ enum: ['projection', 'reactor'] })
  readonly kind!: string;

  @ApiProperty()
  readonly paused!: boolean;

  @ApiProperty({ description: 'The build that is served.' })
  readonly active!: BuildAnswer;

  @ApiPropertyOptional({ description: 'The build that will take its place.' })
  readonly next?: BuildAnswer;

  @ApiProperty({ type: 'integer' })
  readonly codeVersion!: number;

  @ApiPropertyOptional({ type: 'object', additionalProperties: true, description: 'The last failure in this process.' })
  readonly lastFailure?: Record<string, unknown>;
}

@ApiSchema({ name: 'ParkedOrder' })
export class ParkedOrderAnswer {
  @ApiProperty({ example: 'o-1' })
  readonly orderId!: string;

  @ApiProperty({ type: 'integer', description: 'Version that could not be applied.' })
  readonly version!: number;

  @ApiPropertyOptional({ example: 'order-placed', description: 'Absent when the event cannot even be read.' })
  readonly type?: string;

  @ApiProperty()
  readonly reason!: string;

  @ApiProperty({ type: 'integer' })
  readonly attempts!: number;

  @ApiProperty({ format: 'date-time' })
  readonly parkedAt!: string;
}

@ApiSchema({ name: 'UnparkedOrder' })
export class UnparkedOrderAnswer {
  @ApiProperty({ example: 'o-1' })
  readonly orderId!: string;

  @ApiProperty({ description: 'Whether it has been parked again.' })
  readonly parked!: boolean;
}
