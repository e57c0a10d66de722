import { controlTableDefinition } from './control-schema.js';
import { readModelTableDefinition } from './read-model/view-schema.js';
import { cdkPropsOf, type CamelCased } from './table-cdk.js';
import {
  cloudFormationPropertiesOf,
  cloudFormationTemplate,
  type AnyCloudFormationTable,
  type TableCloudFormationOptions,
  type TableInfrastructureOptions,
} from './table-cloudformation.js';
import { withSettings } from './table-definition.js';
import { terraformResource, type TableTerraformOptions } from './table-terraform.js';

/** Assignable to `CfnTableProps` of `aws-cdk-lib/aws-dynamodb`. */
export type ReadSideTableCdkProps = CamelCased<AnyCloudFormationTable>;

/**
 * A CloudFormation template of the control table as JSON text, with point-in-time recovery, since progress and timers are
 * nowhere else; its outputs are `TableName` and `TableArn`. Its default logical id is `ControlTable`.
 * @throws InvalidArgumentError An option is out of range; see `eventTableDefinition`.
 */
export function controlTableCloudFormation(options: TableCloudFormationOptions): string {
  return cloudFormationTemplate(controlTable(options), options, 'ControlTable');
}

/**
 * The control table for CDK's `new CfnTable(scope, id, props)`; see `controlTableCloudFormation` and `eventTableCdkProps`.
 * @throws InvalidArgumentError An option is out of range; see `eventTableDefinition`.
 */
export function controlTableCdkProps(options: TableInfrastructureOptions): ReadSideTableCdkProps {
  return cdkPropsOf(controlTable(options));
}

/**
 * The control table as an `aws_dynamodb_table`, by default named `control`; see `controlTableCloudFormation` and
 * `eventTableTerraform`.
 * @throws InvalidArgumentError An option is out of range; see `eventTableDefinition`.
 */
export function controlTableTerraform(options: TableTerraformOptions): string {
  return terraformResource(controlTable(options), options, 'control');
}

/**
 * A CloudFormation template of the table of read models as JSON text; its outputs are `TableName` and `TableArn`. Its
 * default logical id is `ReadModelTable`. Without point-in-time recovery unless it is asked for: read models are rebuilt
 * from the events.
 * @throws InvalidArgumentError An option is out of range; see `eventTableDefinition`.
 */
export function readModelTableCloudFormation(options: TableCloudFormationOptions): string {
  return cloudFormationTemplate(readModelTable(options), options, 'ReadModelTable');
}

/**
 * The table of read models for CDK's `new CfnTable(scope, id, props)`; see `readModelTableCloudFormation` and
 * `eventTableCdkProps`.
 * @throws InvalidArgumentError An option is out of range; see `eventTableDefinition`.
 */
export function readModelTableCdkProps(options: TableInfrastructureOptions): ReadSideTableCdkProps {
  return cdkPropsOf(readModelTable(options));
}

/**
 * The table of read models as an `aws_dynamodb_table`, by default named `views`; see `readModelTableCloudFormation` and
 * `eventTableTerraform`.
 * @throws InvalidArgumentError An option is out of range; see `eventTableDefinition`.
 */
export function readModelTableTerraform(options: TableTerraformOptions): string {
  return terraformResource(readModelTable(options), options, 'views');
}

function controlTable({ pointInTimeRecovery = true, ...options }: TableInfrastructureOptions): AnyCloudFormationTable {
  const definition = controlTableDefinition(options.tableName);
  return cloudFormationPropertiesOf(withSettings(definition, options), pointInTimeRecovery);
}

function readModelTable({
  pointInTimeRecovery = false,
  ...options
}: TableInfrastructureOptions): AnyCloudFormationTable {
  const definition = readModelTableDefinition(options.tableName);
  return cloudFormationPropertiesOf(withSettings(definition, options), pointInTimeRecovery);
}
