import {
  cloudFormationTableProperties,
  type CloudFormationTableProperties,
  type TableInfrastructureOptions,
} from './table-cloudformation.js';

type CamelCase<Name> = Name extends `SSE${infer Rest}`
  ? `sse${Rest}`
  : Name extends `KMS${infer Rest}`
    ? `kms${Rest}`
    : Name extends string
      ? Uncapitalize<Name>
      : never;

/** The same with names that begin with a small letter, as the CDK wants them. */
export type CamelCased<T> = T extends (infer Element)[]
  ? CamelCased<Element>[]
  : T extends object
    ? { [Name in keyof T as CamelCase<Name>]: CamelCased<T[Name]> }
    : T;

/** Assignable to `CfnTableProps` of `aws-cdk-lib/aws-dynamodb`. */
export type EventTableCdkProps = CamelCased<CloudFormationTableProperties>;

/**
 * Properties for CDK's `new CfnTable(scope, id, props)`, with TTL and point-in-time recovery. Say there what becomes of
 * the table when its stack goes: `table.applyRemovalPolicy(RemovalPolicy.RETAIN)`; CloudFormation deletes it by default.
 * @throws InvalidArgumentError An option is out of range; see `eventTableDefinition`.
 */
export function eventTableCdkProps(options: TableInfrastructureOptions): EventTableCdkProps {
  return cdkPropsOf(cloudFormationTableProperties(options));
}

/** @internal */
export function cdkPropsOf<T extends object>(properties: T): CamelCased<T> {
  return camelCased(properties) as CamelCased<T>;
}

function camelCased(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(camelCased);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [camelCase(name), camelCased(inner)]));
}

/** `TableName` to `tableName`, `SSESpecification` to `sseSpecification`. */
function camelCase(name: string): string {
  return name.replace(/^[A-Z]+(?=[A-Z][a-z])|^[A-Z]/, (start) => start.toLowerCase());
}
